"""The commands `history add`, `history show` and `history check`.

Each imports what computes and draws, which takes a second, once its input is known to be good.
"""

from __future__ import annotations

import sys

from dispatchbench_reports.histories.entry import Entry, Origin
from dispatchbench_reports.histories.file import add, added_text
from dispatchbench_reports.histories.lineage import Repository, with_ancestors, with_one_branch
from dispatchbench_reports.histories.lines import read_history
from dispatchbench_reports.options import (
    HistoryAddOptions,
    HistoryCheckOptions,
    HistoryOptions,
    HistoryShowOptions,
)
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.merging import Tolerance, load
from dispatchbench_reports.study import Source

SLOWER_EXIT = 3
UNCLEAR_EXIT = 4


def _origin(options: HistoryAddOptions, path: str, source: Source) -> Origin:
    """Branch and place of a results file's revision: as told, as recorded, or as git says."""
    recorded = source.dispatchbench.get("git_branch")
    branch = options.branch or (recorded if isinstance(recorded, str) and recorded else None)
    repository = (
        Repository(options.repository)
        if options.repository is not None
        else Repository.around(path)
    )
    if repository is None or not source.git_revision:
        return Origin(branch or "")
    return repository.origin(source.git_revision, branch)


def add_runs(options: HistoryAddOptions) -> None:
    """Appends results to a history."""
    study = load(options.results, Tolerance(missing_backends=True, one_sample=True))
    origins = {
        source.path: _origin(options, path, source)
        for path, source in zip(options.results, study.sources)
    }
    print(added_text(options.history, add(options.history, study, origins)))


def _entries(options: HistoryOptions) -> list[Entry]:
    """The runs that a command is about."""
    entries = with_one_branch(read_history(options.history))
    if options.repository is not None:
        entries = with_ancestors(entries, Repository(options.repository))
    if options.branch is None:
        return entries
    found = [entry for entry in entries if entry.branch == options.branch]
    if not found:
        known = sorted({entry.branch for entry in entries} - {""})
        there = f"there are {', '.join(known)}" if known else "no run names its branch"
        raise Problem(
            options.history,
            "--branch",
            f"no run is of branch {options.branch}; {there}",
            "Name one of them, or `history add` with --branch",
        )
    return found


def show_runs(options: HistoryShowOptions) -> None:
    """Prints the table, and draws the chart if a folder is given."""
    entries = _entries(options.runs)
    from dispatchbench_reports.histories.sentences import change_table
    from dispatchbench_reports.histories.trends import trends
    from dispatchbench_reports.table_formats import written

    found = trends(entries)
    table = change_table(found, entries)
    if options.output is not None:
        if not found:
            raise Problem(
                options.runs.history, "", "no benchmark was ever measured: nothing to draw"
            )
        from dispatchbench_reports.chart_files import write_charts
        from dispatchbench_reports.chart_list import history_trends

        write_charts([history_trends(found)], options.output)
    sys.stdout.write(written(table, options.format))


def check_runs(options: HistoryCheckOptions) -> int:
    """Prints what is slower; returns the exit code."""
    entries = _entries(options.runs)
    from dispatchbench_reports.histories.continuations import continuation_notes
    from dispatchbench_reports.histories.judgement import judged
    from dispatchbench_reports.histories.sentences import judgement_lines
    from dispatchbench_reports.histories.trends import trends

    found = trends(entries, options.last)
    judgement = judged(entries, found, options.threshold, options.last, options.visible)
    for line in judgement_lines(judgement, options.threshold, options.last, options.visible):
        print(line)
    for note in continuation_notes(found):
        print(f"note: {note}")
    if judgement.slower:
        return SLOWER_EXIT
    clear = not judgement.unclear and not judgement.failed and judgement.judged
    return 0 if clear or options.accept_unclear else UNCLEAR_EXIT
