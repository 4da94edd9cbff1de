"""Tables of times and ratios, as text, Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Callable, Literal, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.results import Clock, Column, Study
from dispatchbench_reports.wording import (
    audit_note,
    incomplete_means,
    provenance,
    ratio_with_interval,
    technique_text,
    time_with_interval,
)

Format = Literal["text", "markdown", "latex", "csv"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "latex", "csv")
Metric = Literal["ratio", "time"]
METRICS: tuple[Metric, ...] = ("ratio", "time")


@dataclass(frozen=True)
class Table:
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    summary_rows: int = 0
    """how many of the last rows sum up the others"""


def _notes(study: Study, column: Column, clock: Clock, method: str) -> tuple[str, ...]:
    marks = [
        f"{backend} is {technique_text(column, backend)}"
        + ("" if audit.as_expected else f", expected {audit.expected or 'something else'}")
        for backend in study.backends
        if audit_note(column, backend) and (audit := column.audit(backend)) is not None
    ]
    missing = [f"{name} is unavailable: {reason}" for name, reason in column.unavailable.items()]
    clock_name = "CPU time" if clock == "cpu" else "Wall time"
    return (*marks, *missing, f"{provenance(study, [column])}.", f"{clock_name}; {method}.")


def ratio_table(study: Study, column: Column, baseline: str, clock: Clock = "cpu") -> Table:
    """Workloads down, backends across, ratios to the baseline with their intervals; a geometric-mean row."""
    compared = [
        backend
        for backend in study.backends
        if backend != baseline and study.measured(column, backend)
    ]
    rows = []
    for workload in study.workloads:
        cells = []
        for backend in compared:
            found = estimates.ratio(study, column, workload, backend, baseline, clock)
            mark = (
                " ~"
                if found
                and estimates.within_layout_spread(
                    study, column, workload, backend, baseline, clock
                )
                else ""
            )
            cells.append(ratio_with_interval(found) + mark if found else "not measured")
        rows.append((workload, *cells))
    means = [
        estimates.geometric_mean(study, column, backend, baseline, clock) for backend in compared
    ]
    rows.append(
        (
            "geometric mean",
            *(ratio_with_interval(mean) if mean else "not measured" for mean in means),
        )
    )
    notes = _notes(
        study, column, clock, f"{estimates.RATIO_METHOD}; {estimates.GEOMETRIC_MEAN_METHOD}"
    )
    notes = (*incomplete_means(study, column, baseline), *notes)
    if any(cell.endswith(" ~") for row in rows for cell in row):
        notes = ("~: the effect is smaller than the spread of its code layouts", *notes)
    return Table(
        title=f"{study.column_title(column)}: time relative to {baseline}",
        header=("workload", *compared),
        rows=tuple(rows),
        notes=notes,
        summary_rows=1,
    )


def time_table(study: Study, column: Column, clock: Clock = "cpu") -> Table:
    """Workloads down, backends across, times with their intervals."""
    found = estimates.times(study, clock)
    shown = [backend for backend in study.backends if study.measured(column, backend)]
    rows = []
    for workload in study.workloads:
        cells = [found.get((column.key, workload, backend)) for backend in shown]
        rows.append(
            (
                workload,
                *(
                    time_with_interval(cell) if cell is not None else "not measured"
                    for cell in cells
                ),
            )
        )
    return Table(
        title=f"{study.column_title(column)}: {study.unit}",
        header=("workload", *shown),
        rows=tuple(rows),
        notes=_notes(study, column, clock, estimates.TIME_METHOD),
    )


LONG_HEADER = (
    "machine",
    "library",
    "compiler",
    "workload",
    "backend",
    "technique",
    "indirect_jump_sites",
    "processes",
    "samples",
    "time",
    "time_low",
    "time_high",
    "time_unit",
    "baseline",
    "ratio",
    "ratio_low",
    "ratio_high",
    "instructions_per_vm_instruction",
)


def long_rows(study: Study, baseline: str, clock: Clock = "cpu") -> list[tuple[str, ...]]:
    """Every benchmark with all its figures, a row each, under LONG_HEADER; layout variants too."""
    found = estimates.times(study, clock)
    rows: list[tuple[str, ...]] = []

    def number(value: float | int | None) -> str:
        return "" if value is None else f"{value:.6g}"

    for column in dict.fromkeys((*study.columns, *study.layouts)):
        for workload in study.workloads:
            for backend in study.backends:
                time = found.get((column.key, workload, backend))
                if time is None:
                    continue
                relative = estimates.ratio(study, column, workload, backend, baseline, clock)
                series = study.series[column.key, workload, backend]
                rows.append(
                    (
                        column.machine.cpu_model,
                        column.label,
                        column.compiler_text,
                        workload,
                        backend,
                        technique_text(column, backend),
                        number(column.sites(backend)),
                        str(time.processes),
                        str(time.samples),
                        number(time.value),
                        number(time.low),
                        number(time.high),
                        study.unit,
                        baseline,
                        number(relative.value if relative else None),
                        number(relative.low if relative else None),
                        number(relative.high if relative else None),
                        number(series.counted),
                    )
                )
    return rows


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue()


def as_text(table: Table) -> str:
    widths = [
        max(len(row[index]) for row in (table.header, *table.rows))
        for index in range(len(table.header))
    ]

    def line(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "  ".join([first, *others]).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    body = [line(row) for row in table.rows]
    if table.summary_rows:
        body.insert(len(body) - table.summary_rows, rule)
    return "\n".join([table.title, "", line(table.header), rule, *body, "", *table.notes, ""])


def as_markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    aligned = "| --- |" + " ---: |" * (len(table.header) - 1)
    rows = [
        line([f"**{cell}**" for cell in row])
        if index >= len(table.rows) - table.summary_rows
        else line(row)
        for index, row in enumerate(table.rows)
    ]
    notes = [f"- {note}" for note in table.notes]
    return "\n".join([f"### {table.title}", "", line(table.header), aligned, *rows, "", *notes, ""])


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
}


def as_latex(table: Table) -> str:
    """A table for the booktabs package."""

    def escaped(text: str) -> str:
        return "".join(_LATEX.get(character, character) for character in text)

    def line(cells: Sequence[str]) -> str:
        return "  " + " & ".join(escaped(cell) for cell in cells) + r" \\"

    body = [line(row) for row in table.rows]
    if table.summary_rows:
        body.insert(len(body) - table.summary_rows, r"  \midrule")
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            r"\begin{table}",
            rf"  \caption{{{escaped(table.title)}. {escaped(' '.join(table.notes))}}}",
            rf"  \begin{{tabular}}{{l{'r' * (len(table.header) - 1)}}}",
            r"  \toprule",
            line(table.header),
            r"  \midrule",
            *body,
            r"  \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )


WRITERS: dict[str, Callable[[Table], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "latex": as_latex,
    "csv": lambda table: as_csv(table.header, table.rows),
}


def rendered(
    study: Study, baseline: str, format: Format, metric: Metric = "ratio", clock: Clock = "cpu"
) -> str:
    """All tables of a study in one format; CSV is one long table with every figure."""
    if format == "csv":
        return as_csv(LONG_HEADER, long_rows(study, baseline, clock))
    writer = WRITERS[format]
    return "\n".join(
        writer(
            ratio_table(study, column, baseline, clock)
            if metric == "ratio"
            else time_table(study, column, clock)
        )
        for column in study.columns
    )
