"""Commands of a command line, each with the function that makes its options."""

from __future__ import annotations

import argparse
from enum import StrEnum
from typing import Callable, TypeVar

from dispatchbench_reports.options import Options

Choice = TypeVar("Choice", bound=StrEnum)


def add_choice(
    parser: argparse.ArgumentParser, name: str, default: Choice, help: str | None = None
) -> None:
    """An option whose values are those of the default's enumeration."""
    kind = type(default)
    parser.add_argument(name, choices=tuple(map(str, kind)), type=str, default=default, help=help)


class Commands:
    """Adds commands, each with the function that makes its options."""

    def __init__(self, parser: argparse.ArgumentParser, metavar: str) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar=metavar)

    def add(
        self, name: str, help: str, options: Callable[[argparse.Namespace], Options] | None = None
    ) -> argparse.ArgumentParser:
        parser = self._parsers.add_parser(name, help=help)
        if options is not None:
            parser.set_defaults(options=options)
        return parser
