"""Tables as text, Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
import re
from typing import Callable, Iterable, Mapping, Sequence

from dispatchbench_reports.choices import Format, Metric
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.long_table import LONG_HEADER, long_rows
from dispatchbench_reports.tables import Table, ratio_tables, time_tables


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
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


# What Markdown, or HTML within it, would read as more than text. An underscore within a word is text, a bracket without
# a link is, and so is a tilde before a space.
_MARKDOWN = re.compile(r"[\\`*<>|$]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])|~(?=\S.*~)|&(?=#?\w+;)")
_LIST_OR_HEADING = re.compile(r"^(?=[#+=-])|(?<=^\d)(?=[.)]\s)")


def markdown_text(text: str) -> str:
    """A text that Markdown shows as it is, within a line or a cell."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def markdown_item(text: str) -> str:
    """A text that Markdown shows as it is, as an item of a list."""
    return "- " + _LIST_OR_HEADING.sub(r"\\", markdown_text(text))


def as_markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    aligned = "| --- |" + " ---: |" * (len(table.header) - 1)
    cells = [[markdown_text(cell) for cell in row] for row in table.rows]
    rows = [
        line([f"**{cell}**" for cell in row])
        if index >= len(table.rows) - table.summary_rows
        else line(row)
        for index, row in enumerate(cells)
    ]
    notes = list(map(markdown_item, table.notes))
    header = line([markdown_text(cell) for cell in table.header])
    title = markdown_text(table.title)
    return "\n".join([f"### {title}", "", header, aligned, *rows, "", *notes, ""])


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
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "×": r"$\times$",
    "±": r"$\pm$",
    "−": r"$-$",
    "…": r"\ldots{}",
}


def as_latex(table: Table) -> str:
    """A table for the booktabs package."""

    def escaped(text: str) -> str:
        found = "".join(_LATEX.get(character, character) for character in text)
        return found.replace("--", "-{}-")

    def line(cells: Sequence[str]) -> str:
        return "  " + " & ".join(escaped(cell) for cell in cells) + r" \\"

    body = [line(row) for row in table.rows]
    if table.summary_rows:
        body.insert(len(body) - table.summary_rows, r"  \midrule")
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            r"\begin{table}",
            rf"  \caption{{{escaped(table.title)}. {escaped(' '.join(note if note.endswith('.') else note + '.' for note in table.notes))}}}",
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


WRITERS: Mapping[Format, Callable[[Table], str]] = {
    Format.TEXT: as_text,
    Format.MARKDOWN: as_markdown,
    Format.LATEX: as_latex,
    Format.CSV: lambda table: as_csv(table.header, table.rows),
}


def written(table: Table, format: Format) -> str:
    """One table in one format."""
    return WRITERS[format](table)


def rendered(lens: Lens, format: Format, metric: Metric = Metric.RATIO) -> str:
    """All tables of a study in one format; CSV is one long table with every figure."""
    if format is Format.CSV:
        return as_csv(LONG_HEADER, long_rows(lens))
    tables = ratio_tables(lens) if metric is Metric.RATIO else time_tables(lens)
    return "\n".join(written(table, format) for table in tables)
