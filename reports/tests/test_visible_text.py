"""No text of a file can do more than be read, in whatever format it is written."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree
from pathlib import Path

import pytest

from dispatchbench_reports.command_line import main
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.table_formats import as_csv, as_latex, markdown_item, markdown_text
from dispatchbench_reports.tables import Table
from dispatchbench_reports.visible_text import visible, visible_values
from tests.conftest import WriteResults
from tests.test_other_programs import google, row


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("computed_goto − Größe 日本", "computed_goto − Größe 日本"),
        ("a\x1b[2J\x00\x7f\x9b", r"a\x1b[2J\x00\x7f\x9b"),
        ("a\tb\nc\r", r"a\tb\nc\r"),
        ("exe.\u202egnp\u2066", r"exe.\u202egnp\u2066"),
        ("\ud800\udcff\ufffe\u2028", r"\ud800\xff\ufffe\u2028"),
    ],
)
def test_a_text_shows_what_it_holds(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown
    assert visible_values({text: [text, 1, None]}) == {shown: [shown, 1, None]}
    assert str(Problem(text, "", "is wrong")) == f"{shown}: is wrong"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("computed_goto 0.5 [0.4, 0.6] ~", "computed_goto 0.5 [0.4, 0.6] ~"),
        ("__init__ *x* `y` | <b> $z$", r"\_\_init\_\_ \*x\* \`y\` \| \<b\> \$z\$"),
        ("[a](b) ~~c~~ &amp; a & b", r"[a\](b) \~\~c~~ \&amp; a & b"),
    ],
)
def test_markdown_shows_a_text_as_it_is(text: str, written: str) -> None:
    assert markdown_text(text) == written


def test_an_item_of_a_list_begins_no_heading_and_no_list() -> None:
    assert markdown_item("# a") == r"- \# a"
    assert markdown_item("1. a") == r"- 1\. a"


def test_latex_and_csv_keep_names() -> None:
    table = Table("t", ("workload", "a<b>|c"), (("--x_y^z", "1 % & 2"),), ("note",))
    found = as_latex(table)
    assert r"a\textless{}b\textgreater{}\textbar{}c" in found
    assert r"-{}-x\_y\textasciicircum{}z & 1 \% \& 2" in found
    names = ["=cmd()", 'a"b', "a,b", "a\\nb"]
    assert next(csv.reader(io.StringIO(as_csv(names, [])))) == names


NAMES = ("<script>alert(1)<!--", "$x_{2}^%", 'a"#b --><x>', "日本 😀", "|`*~", ": #ffffff")


def test_names_that_look_like_markup_are_only_text(
    write_results: WriteResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_results(
        google(
            *(row(f"{name}/8", 2.0 + at) for at, name in enumerate(NAMES)), row("x/</script>", 1)
        )
    )
    assert main(["report", path, "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    for svg in (tmp_path / "out").glob("*.svg"):
        xml.etree.ElementTree.parse(svg)


def test_charts_carry_title_and_description(write_results: WriteResults, tmp_path: Path) -> None:
    path = write_results(google(row("a/8", 2.0), row("b/8", 1.0)))
    assert main(["report", path, "-o", str(tmp_path)]) == 0
    for name in ("ratio", "ratio-dark"):
        root = xml.etree.ElementTree.parse(tmp_path / f"{name}.svg").getroot()
        title, description = list(root)[:2]
        assert title.tag.endswith("title") and "0.50 of a’s time" in (title.text or "")
        assert description.tag.endswith("desc") and "one process" in (description.text or "")
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count('id="ratio-title"') == 1 and page.count('id="times-title"') == 1
    assert b"Title\x00" in (tmp_path / "ratio.png").read_bytes()
    pdf = (tmp_path / "ratio.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and b"/Title" in pdf and b"/CreationDate" not in pdf
    assert not (tmp_path / "ratio-dark.pdf").exists()
