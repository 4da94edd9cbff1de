"""Arguments that several tools take."""

from __future__ import annotations

import argparse
import pathlib
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from dispatchbench_reports.argument_parser import ArgumentParser
from tool import REPOSITORY, WrongUsage


Item = TypeVar("Item")


def command_parser(
    program: str, description: str | None, epilog: str | None = None
) -> argparse.ArgumentParser:
    """A parser whose texts keep their line breaks."""
    return ArgumentParser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number from `least` to `most`."""

    def converted(text: str) -> int:
        if re.fullmatch(r"-?\d{1,20}", text) and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"found {shortened(text)}, expected a whole number from {least} to {most}"
        )

    return converted


def shortened(text: str) -> str:
    """The text, cut to what fits in a message."""
    return text if len(text) <= 40 else f"{text[:37]}..."


def regular_expression(text: str) -> re.Pattern[str]:
    """The type of an argument."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise argparse.ArgumentTypeError(
            f"{shortened(text)} is no regular expression ({error})"
        ) from error


def name_filter(text: str) -> re.Pattern[str]:
    """The type of an argument that chooses names: to be matched with `fullmatch`, as dispatchbench does."""
    if not text:
        raise argparse.ArgumentTypeError("empty; expected a regular expression for whole names")
    return regular_expression(text)


def backend_filter(text: str) -> str:
    """The type of --backend: a regular expression that CMake, which builds the backends, understands as Python does."""
    if not re.fullmatch(r"[\w.|()\[\]*+?^-]+", text) or "(?" in text:
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected a regular expression of names with only | ( ) [ ] . * + ?, as in 'tail_call.*|jit'"
        )
    return name_filter(text).pattern


def add_filter(parser: argparse.ArgumentParser, option: str, what: str) -> None:
    """An option that chooses by a regular expression for whole names; without it everything matches."""
    parser.add_argument(
        option,
        metavar="RE",
        type=name_filter,
        default=re.compile(".*"),
        help=f"only {what} whose whole name matches this regular expression: 'a|b', '.*goto.*'",
    )


def matching(
    option: str, wanted: re.Pattern[str], offered: Sequence[Item], name: Callable[[Item], str]
) -> list[Item]:
    """What has a name that the option's regular expression matches as a whole. Raises WrongUsage if nothing has."""
    chosen = [item for item in offered if wanted.fullmatch(name(item))]
    if not chosen:
        raise WrongUsage(
            f"{option} {wanted.pattern}: matches none of {', '.join(map(name, offered))}"
        )
    return chosen


def add_libraries(parser: argparse.ArgumentParser, help_text: str) -> None:
    """--library [LABEL=]PATH, which may be repeated."""
    parser.add_argument(
        "--library", metavar="[LABEL=]PATH", action="append", default=[], help=help_text
    )


def label_and_path(text: str) -> tuple[str, pathlib.Path]:
    """The two parts of [LABEL=]PATH; the label is empty if there is none."""
    label, _, path = text.rpartition("=")
    return label, pathlib.Path(path)


def add_harness(parser: argparse.ArgumentParser) -> None:
    """--harness PATH."""
    parser.add_argument(
        "--harness",
        metavar="PATH",
        # Absolute, so that a program of this folder isn't looked for on PATH.
        type=lambda text: pathlib.Path(text).absolute(),
        default=REPOSITORY / "build/clang/dispatchbench",
        help="the dispatchbench program (default: build/clang/dispatchbench)",
    )


def library_of_preset(preset: str) -> pathlib.Path:
    """Where a preset's build puts its backend library."""
    return REPOSITORY / "build" / preset / "dispatchbench_backends.so"


def split_at_double_dash(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words before "--" and those after it, which are passed on to dispatchbench."""
    if "--" not in words:
        return list(words), []
    at = list(words).index("--")
    return list(words[:at]), list(words[at + 1 :])
