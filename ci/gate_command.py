"""Judges a change of the backends: is the code of HEAD slower than that of BASE?

Both revisions are built. Backends whose machine code is the same are unchanged, and nothing is run. Of the others the
instructions are counted, which tells where to look closer, and then base and head are timed in turn, in several layouts
(dispatchbench compare). Thresholds stand in ci/gate.toml.

exit codes: 0 no regression was found; 1 a failure: a revision that can't be built, a wrong result, another ABI;
2 wrong usage; 3 a regression was found
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = "dispatchbench_backends.so"
AUDIT = "dispatchbench_backends.audit.json"
FINE, FAILURE, USAGE, REGRESSION = 0, 1, 2, 3


class Problem(Exception):
    """What went wrong, and what to do next."""


class WrongUsage(Exception):
    """The command line or the thresholds ask for something that can't be."""


def say(text: str) -> None:
    print(f"gate: {text}", flush=True)


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"git {shlex.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


# ---- thresholds


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """What ci/gate.toml says."""

    preset: str
    count_percent: float
    count_workloads: str
    margin_percent: float
    time_workloads: str
    layouts: int


def read_thresholds(path: Path) -> Thresholds:
    """Reads and checks the file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUsage(f"{path}: can't be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path}: isn't TOML: {error}") from error

    def field(section: str, name: str, kinds: tuple[type, ...], expected: str) -> Any:
        holder = document.get(section, {}) if section else document
        value = holder.get(name) if isinstance(holder, dict) else None
        where = f"{section}.{name}" if section else name
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise WrongUsage(f"{path}: field {where}: found {value!r}, expected {expected}")
        if isinstance(value, (int, float)) and value < 0:
            raise WrongUsage(f"{path}: field {where}: found {value}, expected 0 or more")
        if name == "workloads":
            try:
                re.compile(str(value))
            except re.error as error:
                raise WrongUsage(
                    f"{path}: field {where}: {value!r} is no regular expression ({error})"
                ) from error
        return value

    number = (int, float)
    return Thresholds(
        preset=field("", "preset", (str,), "a preset's name"),
        count_percent=float(field("counts", "threshold_percent", number, "a number of per cent")),
        count_workloads=field("counts", "workloads", (str,), "a regular expression"),
        margin_percent=float(field("timing", "margin_percent", number, "a number of per cent")),
        time_workloads=field("timing", "workloads", (str,), "a regular expression"),
        layouts=field("timing", "layouts", (int,), "a whole number"),
    )


# ---- building


@dataclasses.dataclass(frozen=True)
class Build:
    """One revision, built."""

    label: str
    revision: str
    folder: Path  # Build folder.

    @property
    def library(self) -> Path:
        return self.folder / LIBRARY

    def code_hashes(self) -> dict[str, str]:
        """By backend; empty if the revision's build makes no audit."""
        path = self.folder / AUDIT
        if not path.is_file():
            return {}
        backends = json.loads(path.read_text(encoding="utf-8"))["backends"]
        return {name: entry["code_hash"] for name, entry in backends.items()}


def build(source: Path, preset: str, targets: list[str], log: Path) -> Path:
    """Configures and builds; returns the build folder."""
    with log.open("w", encoding="utf-8") as stream:
        for command in (
            ["cmake", "--preset", preset],
            ["cmake", "--build", "--preset", preset, "--target", *targets],
        ):
            done = subprocess.run(command, cwd=source, stdout=stream, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                stream.flush()
                tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-30:])
                raise Problem(
                    f"{shlex.join(command)} failed in {source}:\n{tail}\nAll of its output is in {log}"
                )
    return source / "build" / preset


def build_revision(
    revision: str, label: str, preset: str, targets: list[str], output: Path
) -> Build:
    """Builds a revision in a git worktree of its own."""
    commit = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    source = ROOT / "build" / "gate" / commit[:12]
    if not source.is_dir():
        git("worktree", "prune")
        git("worktree", "add", "--detach", str(source), commit)
    say(f"building {label}, {revision} ({commit[:12]}), with the preset {preset}")
    return Build(label, commit, build(source, preset, targets, output / f"build-{label}.log"))


# ---- counting


@dataclasses.dataclass(frozen=True)
class CountChange:
    """One workload on one backend whose count has changed by more than the threshold."""

    workload: str
    backend: str
    base: int
    head: int

    @property
    def percent(self) -> float:
        return 100 * (self.head - self.base) / self.base

    def text(self) -> str:
        return f"{self.workload}/{self.backend}: {self.base} to {self.head} instructions ({self.percent:+.2f} %)"


def changes_in(counts: dict[str, Any], threshold_percent: float) -> list[CountChange]:
    """The rows of counts.json, with libraries base and head, that differ by more than the threshold; largest first."""
    by_row: dict[tuple[str, str], dict[str, int]] = {}
    for row in counts["rows"]:
        by_row.setdefault((row["workload"], row["backend"]), {})[row["library"]] = row[
            "instructions"
        ]
    changes = [
        CountChange(workload, backend, found["base"], found["head"])
        for (workload, backend), found in by_row.items()
        if "base" in found and "head" in found
    ]
    notable = [change for change in changes if abs(change.percent) > threshold_percent]
    return sorted(notable, key=lambda change: -abs(change.percent))


def count(
    base: Build, head: Build, backends: list[str], workloads: str, output: Path
) -> dict[str, Any]:
    """Runs tools/count on both."""
    path = output / "counts.json"
    command = [
        str(ROOT / "tools" / "count"),
        "--json",
        str(path),
        "--harness",
        str(head.folder / "dispatchbench"),
    ]
    for one in (base, head):
        command += ["--library", f"{one.label}={one.library}"]
    command += ["--backend", alternatives(backends), "--workload", workloads]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem((done.stderr or done.stdout).strip())
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def alternatives(names: list[str]) -> str:
    """A regular expression for exactly these names."""
    return f"^({'|'.join(re.escape(name) for name in names)})$"


# ---- timing


def layouts_of(one: Build, number: int, output: Path) -> Path:
    """Links the layouts of a build; returns their folder."""
    folder = output / f"layouts-{one.label}"
    command = [
        *(str(ROOT / "tools" / "layouts"), str(one.folder), "--count", str(number)),
        *("--label", one.label, "--output", str(folder)),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem((done.stderr or done.stdout).strip())
    return folder


def compare(
    base: Path, head: Path, program: Path, arguments: list[str], output: Path, margin_percent: float
) -> int:
    """Runs dispatchbench compare, which prints its table; returns its exit code."""
    command = [
        *(str(program), "compare", "--base", f"base={base}", "--head", f"head={head}"),
        *("--margin", str(margin_percent), "--output", str(output / "comparison.json")),
        *(
            "--markdown",
            str(output / "comparison.md"),
            "--junit",
            str(output / "junit.xml"),
            *arguments,
        ),
    ]
    return subprocess.run(command).returncode


# ---- all of it


def comment(
    revisions: tuple[str, str],
    changes: list[CountChange],
    notes: list[str],
    output: Path,
    threshold: float,
) -> str:
    """Markdown for a pull request: what compare wrote, then the counts."""
    comparison = output / "comparison.md"
    lines = [comparison.read_text(encoding="utf-8").rstrip()] if comparison.is_file() else []
    lines += ["", f"Revisions: `{revisions[1][:12]}` against `{revisions[0][:12]}`."]
    if changes:
        lines += ["", f"Instruction counts that changed by more than {threshold:g} %:", ""]
        lines += ["| row | base | head | change |", "| --- | ---: | ---: | ---: |"]
        lines += [
            f"| `{change.workload}/{change.backend}` | {change.base} | {change.head} | {change.percent:+.2f} % |"
            for change in changes
        ]
    lines += [f"- {note}" for note in notes]
    return "\n".join(lines) + "\n"


def judge(options: argparse.Namespace, thresholds: Thresholds, output: Path) -> int:
    """Does it; returns the exit code."""
    preset = options.preset or thresholds.preset
    targets = ["dispatchbench_backends"]
    base = build_revision(options.base, "base", preset, targets, output)
    if options.head:
        head = build_revision(options.head, "head", preset, [*targets, "dispatchbench"], output)
    else:
        say(f"building head, this tree as it is, with the preset {preset}")
        log = output / "build-head.log"
        head = Build(
            "head", git("rev-parse", "HEAD"), build(ROOT, preset, [*targets, "dispatchbench"], log)
        )
    program = head.folder / "dispatchbench"

    base_hashes, head_hashes = base.code_hashes(), head.code_hashes()
    changed = sorted(
        name for name, value in head_hashes.items() if base_hashes.get(name, value) != value
    )
    if not base_hashes or not head_hashes:
        raise Problem(
            "a revision's build made no audit of its machine code; build it with tools/audit in place"
        )
    notes = [f"{name}: only in head" for name in sorted(head_hashes.keys() - base_hashes.keys())]
    notes += [f"{name}: only in base" for name in sorted(base_hashes.keys() - head_hashes.keys())]
    changes: list[CountChange] = []
    exit_code = FINE
    if not changed:
        say(
            "every backend's machine code is the same: unchanged; results are verified, nothing is timed"
        )
        exit_code = compare(
            base.library,
            head.library,
            program,
            options.passed_on,
            output,
            thresholds.margin_percent,
        )
    else:
        say(f"the machine code of {', '.join(changed)} has changed")
        try:
            counts = count(base, head, changed, thresholds.count_workloads, output)
        except Problem as problem:
            if options.gate_on_counts:
                raise
            notes.append(f"instructions were not counted: {problem}")
        else:
            changes = changes_in(counts, thresholds.count_percent)
            for change in changes:
                say(f"look closer: {change.text()}")
            if not changes:
                say(f"no instruction count has changed by more than {thresholds.count_percent:g} %")
        if not options.only_counts:
            pattern = f"{thresholds.time_workloads}|{alternatives([change.workload for change in changes])}"
            if not changes:
                pattern = thresholds.time_workloads
            arguments = [
                "--backend",
                alternatives(changed),
                "--workload",
                pattern,
                *options.passed_on,
            ]
            libraries = (base.library, head.library)
            if thresholds.layouts > 0:
                say(f"linking {thresholds.layouts} layouts of each")
                libraries = (
                    layouts_of(base, thresholds.layouts, output),
                    layouts_of(head, thresholds.layouts, output),
                )
            exit_code = compare(*libraries, program, arguments, output, thresholds.margin_percent)
        more = [change for change in changes if change.percent > 0]
        if options.gate_on_counts and more and exit_code == FINE:
            notes.append(
                f"{len(more)} instruction counts have grown by more than {thresholds.count_percent:g} %"
            )
            exit_code = REGRESSION
    for note in notes:
        say(f"note: {note}")
    text = comment((base.revision, head.revision), changes, notes, output, thresholds.count_percent)
    (output / "comment.md").write_text(text, encoding="utf-8")
    outcome = {FINE: "no regression", REGRESSION: "REGRESSION"}.get(exit_code, "failed")
    say(f"{outcome}; comment.md, comparison.json and junit.xml are in {output}")
    return exit_code


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ci/gate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="What stands behind -- is passed on to dispatchbench compare: ci/gate main -- --rigorous",
    )
    parser.add_argument("base", metavar="BASE", help="revision that is the measure")
    parser.add_argument(
        "head",
        metavar="HEAD",
        nargs="?",
        help="revision that is judged (default: this tree as it is)",
    )
    parser.add_argument("--preset", help="preset to build with (default: as in the thresholds)")
    parser.add_argument(
        "--thresholds", type=Path, default=ROOT / "ci" / "gate.toml", help="default: ci/gate.toml"
    )
    parser.add_argument(
        "--gate-on-counts",
        action="store_true",
        help="a grown instruction count is a regression, whatever the time",
    )
    parser.add_argument(
        "--only-counts", action="store_true", help="count only, time nothing: for runners too noisy"
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT / "build" / "gate", help="folder (default: build/gate)"
    )
    passed_on: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, passed_on = arguments[:at], arguments[at + 1 :]
    options = parser.parse_args(arguments, argparse.Namespace(passed_on=passed_on))
    if options.only_counts and not options.gate_on_counts:
        parser.error("--only-counts without --gate-on-counts would let everything pass")
    try:
        thresholds = read_thresholds(options.thresholds)
        output = options.output.resolve()
        os.makedirs(output, exist_ok=True)
        return judge(options, thresholds, output)
    except WrongUsage as problem:
        print(f"ci/gate: {problem}", file=sys.stderr)
        return USAGE
    except (Problem, OSError) as problem:
        print(f"ci/gate: {problem}", file=sys.stderr)
        return FAILURE
