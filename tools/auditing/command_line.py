"""The command line of tools/audit."""

from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import sys

from tool import exit_code_of, write_whole

from .findings import LibraryAudit
from .tables import handlers_view, summary

DESCRIPTION = """\
Says what the machine code of a backend library's dispatch really is: how many indirect jumps the handlers leave
through, what they call, what they spill, how big they are. Works on x86-64 and AArch64 libraries, on any machine."""
EPILOG = """\
exit codes: 0 fine; 1 with --check: a backend is not what its add_backend expects, or the library can't be audited;
2 wrong usage"""


def audit_library(options: argparse.Namespace) -> int:
    """Audits, prints and writes what was asked for; returns the exit code."""
    library = LibraryAudit(options.library)
    if options.handler:
        print(handlers_view(library, options.handler, options.backend, options.width))
        return 0
    audit = library.to_json(options.backend)
    text = json.dumps(audit, indent=1) + "\n"
    if options.json == "-":
        sys.stdout.write(text)
    else:
        # The file beside the library is what the harness reads: it always holds every backend.
        if options.json or not options.backend:
            write_whole(
                pathlib.Path(options.json or options.library.with_suffix(".audit.json")), text
            )
        if not options.quiet:
            print(summary(audit))
    different = [name for name, found in audit["backends"].items() if not found["as_expected"]]
    if options.check and different:
        for name in different:
            found = audit["backends"][name]
            print(
                f"tools/audit: {options.library}: {name} is {found['label']}; its add_backend expects "
                f"{found['expected']}. If the code is as it should be, correct EXPECTED; else see its flags.",
                file=sys.stderr,
            )
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the audit; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools/audit",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "library", type=pathlib.Path, help="for example build/clang/dispatchbench_backends.so"
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="where to write the audit (default: LIBRARY.audit.json beside the library; '-': standard output)",
    )
    parser.add_argument("--quiet", action="store_true", help="print no table")
    parser.add_argument(
        "--check", action="store_true", help="fail if a backend is not what its add_backend expects"
    )
    parser.add_argument(
        "--handler", metavar="MNEMONIC", help="show this handler's code, for example ADD2"
    )
    parser.add_argument(
        "--backend",
        metavar="NAME",
        action="append",
        default=[],
        help="only this one; may be repeated",
    )
    parser.add_argument(
        "--width",
        type=int,
        default=shutil.get_terminal_size((100, 40)).columns,
        help="columns of text (default: the terminal's); wide enough: several backends side by side",
    )
    options = parser.parse_args(arguments)
    return exit_code_of("tools/audit", lambda: audit_library(options))
