"""A baseline that all libraries of a study share: a backend that is the same machine code in each of them."""

from __future__ import annotations

from dispatchbench_reports.lens import Lens
from dispatchbench_reports.study import is_one_code


def common_baseline(lens: Lens) -> Lens | None:
    """The lens relative to a backend that is one machine code wherever it was measured; None if there is none.

    More than half of the libraries must have it; assembly comes first, then what most libraries have. A library
    without it is compared with that of the run's first library that has it.
    """
    study = lens.study
    candidates = []
    for place, backend in enumerate(study.backends):
        owners = [column for column in study.columns if study.measured(column, backend)]
        if len(owners) < 2 or 2 * len(owners) <= len(study.columns):
            continue
        if not is_one_code(column.code_hash(backend) for column in owners):
            continue
        assembly = all(column.backends[backend].dispatch == "assembly" for column in owners)
        candidates.append((not assembly, -len(owners), place, backend))
    return lens.relative_to(min(candidates)[3]) if candidates else None


def shared_lens(lens: Lens) -> Lens | None:
    """The lens itself if all its columns have one baseline; else that with the common one."""
    return lens if lens.one_baseline else common_baseline(lens)
