"""Libraries in the order of their compilers' releases, and their short names in sentences."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Mapping, Sequence

from dispatchbench_reports.phrases import listed
from dispatchbench_reports.study import Column, Study


def version_numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared: 21.1.8 is later than 9.3."""
    return tuple(map(int, re.findall(r"\d+", version.split(" ")[0])))


def in_order(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Grouped by compiler, in order of release, and each library followed by the variants of its flags.

    Where a release date is missing, versions alone give the order within that compiler.
    """
    undated = {
        column.compiler
        for column in columns
        if column.build is None or column.build.compiler_released is None
    }

    def key(column: Column) -> tuple[object, ...]:
        build = column.build
        dated = build is not None and column.compiler not in undated
        factors = build.factors if build is not None else None
        return (
            column.compiler,
            build.compiler_released if dated and build is not None else "",
            version_numbers(column.compiler_version),
            factors.base if factors else column.label,
            factors is not None,
        )

    return tuple(sorted(columns, key=key))


def by_compiler(columns: Sequence[Column]) -> list[tuple[Column, ...]]:
    """The columns in order, a group for each compiler."""
    return [tuple(group) for _, group in groupby(in_order(columns), lambda each: each.compiler)]


def _short_name(study: Study, column: Column) -> str:
    build = column.build
    if build is None or len(study.machines) > 1:
        return study.column_title(column)
    name = build.compiler_name.replace("-", " ")
    return f"{name} {build.factors.label}" if build.factors else name


def short_names(study: Study) -> Mapping[str, str]:
    """A short name for each column by key: clang 21, where only one library has it."""
    names = {column.key: _short_name(study, column) for column in study.columns}
    found = list(names.values())
    return {
        column.key: names[column.key]
        if found.count(names[column.key]) == 1
        else study.column_title(column)
        for column in study.columns
    }


def ranges(study: Study, columns: Sequence[Column], among: Sequence[Column]) -> str:
    """The columns' short names; three or more of one compiler that follow each other among `among` as a range."""
    names = short_names(study)
    wanted = {column.key for column in columns}
    runs: list[list[Column]] = []
    for group in by_compiler(among):
        for inside, run in groupby(group, lambda each: each.key in wanted):
            if inside:
                runs.append(list(run))
    parts = []
    for found in runs:
        texts = [names[column.key] for column in found]
        parts += [f"{texts[0]} to {_end(texts)}"] if len(found) > 2 else texts
    return listed(parts)


def _end(texts: Sequence[str]) -> str:
    """The last name, without the compiler if the first one has it: clang 14 to 18."""
    first, last = texts[0].split(" "), texts[-1].split(" ")
    return last[-1] if len(first) == len(last) == 2 and first[0] == last[0] else texts[-1]


def backends_in_order(study: Study) -> tuple[str, ...]:
    """The study's backends in the order of the libraries that have most of them: others lack some in the middle."""
    columns = sorted(study.columns, key=lambda column: -len(column.backends))
    named = dict.fromkeys(name for column in columns for name in column.backends)
    return tuple(
        dict.fromkeys(name for name in (*named, *study.backends) if name in study.backends)
    )
