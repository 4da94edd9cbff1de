"""tools/wasm --demo: the page's statistics, how its scripts are put together, and the page itself in real browsers."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest
from tool import ToolError
from tool_under_test import HARNESS, LIBRARY, REPOSITORY, run_tool
from wasm.bundle import bundle
from wasm.demo import CHOSEN, VARIANTS, write_demo
from workload import workload_names

pytest_plugins = ["wasm_modules"]
TESTS = REPOSITORY / "harness/wasm/tests"
BROWSERS = {"chrome": "chromium", "firefox": "firefox-esr"}


def node(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Runs a script."""
    program = shutil.which("node")
    assert program, "needs node: ci/setup installs it"
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(name="demo", scope="module")
def written_demo(modules: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The page."""
    page = tmp_path_factory.mktemp("demo") / "demo.html"
    write_demo(page, modules, HARNESS, LIBRARY)
    return page


def test_the_page_computes_and_says_what_the_reports_would() -> None:
    done = node("--test", TESTS / "demo.test.mjs")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("browser", list(BROWSERS))
def test_the_page_runs_the_comparison_as_a_file_and_offline(
    demo: pathlib.Path, browser: str
) -> None:
    executable = shutil.which(BROWSERS[browser])
    if executable is None:
        pytest.skip(f"needs {BROWSERS[browser]}, which ci/setup installs")
    done = node(TESTS / "demo_in_browser.mjs", browser, executable, demo)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed: " in done.stdout


def test_the_page_is_the_same_each_time_and_small(
    demo: pathlib.Path, modules: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    again = tmp_path / "again.html"
    write_demo(again, modules, HARNESS, LIBRARY)
    assert again.read_bytes() == demo.read_bytes()
    assert len(demo.read_bytes()) < 500_000


def test_what_is_compared_exists(demo: pathlib.Path) -> None:
    assert set(CHOSEN) <= set(workload_names())
    listed = subprocess.run(
        [HARNESS, "list", "--library", LIBRARY], capture_output=True, text=True, check=True
    ).stdout
    # A native library says of each backend that it has it or why it can't.
    assert [variant for variant in VARIANTS if variant not in listed] == []


def write_modules(folder: pathlib.Path, **texts: str) -> pathlib.Path:
    """Writes modules; the path of the first."""
    for name, text in texts.items():
        (folder / f"{name}.mjs").write_text(text)
    return folder / f"{next(iter(texts))}.mjs"


def test_a_bundle_runs_each_module_once_and_keeps_its_names_apart(tmp_path: pathlib.Path) -> None:
    entry = write_modules(
        tmp_path,
        entry='import { one } from "./a.mjs";\nimport { two } from "./b.mjs";\nconst own = 1;\nconsole.log(one(), two, own);\n',
        a='import { two } from "./b.mjs";\nconst own = 10;\nexport function one() {\n  return own + two;\n}\n',
        b='const own = 100;\nconsole.log("b");\nexport const two = own;\n',
    )
    script = tmp_path / "script.cjs"
    script.write_text(bundle(entry))
    assert node(script).stdout == "b\n110 100 1\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('\nimport * as a from "./a.mjs";', "entry.mjs:2: found 'import * as a from"),
        ('import { x as y } from "./a.mjs";', "entry.mjs:1: found 'import { x as y }"),
        ("export default 1;", "entry.mjs:1: found 'export default 1;'"),
        ("const a = 1;\nexport { a };", "entry.mjs:2: found 'export { a };'"),
        ('const a = "</script>";', "entry.mjs:1: found '</script'"),
        ('import { a } from "./entry.mjs";', "entry.mjs: imports itself"),
        ('import { a } from "./nothing.mjs";', "nothing.mjs: can't be read"),
    ],
)
def test_a_module_that_a_bundle_can_not_have_is_named(
    tmp_path: pathlib.Path, text: str, words: str
) -> None:
    with pytest.raises(ToolError) as raised:
        bundle(write_modules(tmp_path, entry=text, a="export const x = 1;"))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--output", "x.json"], 2, "--demo: measures nothing here; leave out --output"),
        (["--", "--fast"], 2, "--demo: measures nothing here; leave out --output"),
        (["--list"], 2, "not allowed with argument --demo"),
        ([], 1, "--demo /nowhere/x.html: there is no folder /nowhere"),
    ],
)
def test_a_page_that_can_not_be_written_is_refused_before_anything_is_built(
    arguments: list[str], code: int, words: str
) -> None:
    refused = run_tool("tools/wasm", "--demo", "/nowhere/x.html", *arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert words in refused.stderr
