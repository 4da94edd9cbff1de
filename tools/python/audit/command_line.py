"""The command line of tools/audit."""

from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

from arguments import command_parser, label_and_path, shortened, whole_number
from libraries_file import libraries_named
from machine_code.elf_image import ElfImage
from machine_code.declared import is_backend_library
from tool import FAILURE, FINE, REGRESSION, ToolError, WrongUsage, exit_code_of, write_json

from .engine_code import engine_handler
from .generated_code import GeneratedCode
from .generated_figures import generated_figures
from .generated_view import block_view, generated_summary
from .handler_view import handlers_view
from .library_audit import LibraryAudit
from .module_audit import is_module, module_audit, module_handler, module_summary
from .program_audit import ProgramAudit
from .program_view import function_name, program_handler, program_markdown, program_summary
from .summary_table import summary
from .technique import TECHNIQUES

# What only one kind of file takes.
PROGRAM_OPTIONS = ("expect", "markdown")
LIBRARY_OPTIONS = ("backend", "check", "engine", "block")
EXPECTABLE = tuple(one for one in TECHNIQUES if one != "generated")
DESCRIPTION = """\
Reads machine code and says what an interpreter's dispatch really is: how many indirect jumps its handlers leave through,
what they call, what they spill, how big they are. Reads x86-64 and AArch64 code, on any machine:

  any ELF program, library or object file, stripped too: which functions look like interpreters; with --function, one of them
  a backend library of this project: each of its backends
  a dump of the code that a backend generated for a program: blocks, jumps, accesses and checks
  a WebAssembly module of this project: br_table, calls, locals and parameters"""
EPILOG = """\
exit codes: 0 fine; 1 the file can't be audited, or with --check: a backend is not what its add_backend expects; 2 wrong
usage; 3 with --expect: a function's dispatch is something else

  tools/audit /usr/bin/python3                                which functions of a program look like interpreters
  tools/audit my-vm --function run --handler 12               the annotated code of an entry's handler
  tools/audit my-vm --function run --expect replicated        for a CI: exits with 3 when the dispatch has changed"""


def audit_libraries(options: argparse.Namespace) -> int:
    """Audits the library, or each of a folder; returns the exit code."""
    libraries = [options.library]
    if options.library.is_dir():
        libraries = [label_and_path(found)[1] for found in libraries_named(str(options.library))]
    if options.json and len(libraries) > 1:
        raise WrongUsage(
            f"--json {options.json}: {options.library} has {len(libraries)} libraries; expected one"
        )
    return max(audit_library(options, library) for library in libraries)


def audit_library(options: argparse.Namespace, path: pathlib.Path) -> int:
    """Audits, prints and writes what was asked for; returns the exit code."""
    if is_module(path):
        return audit_module(options, path)
    if options.engine:
        raise WrongUsage(f"--engine: {path} is no WebAssembly module; expected one")
    image = ElfImage(path)
    if image.generated_code is not None:
        return audit_generated(options, GeneratedCode(image))
    if options.function or not is_backend_library(image):
        return audit_program(options, ProgramAudit(path, image, options.max_time))
    refuse(options, PROGRAM_OPTIONS, f"{path} is a backend library, and this is for other programs")
    if options.block is not None:
        raise WrongUsage(f"--block: {path} is a library; expected a dump of generated code")
    library = LibraryAudit(path, image)
    if options.handler:
        print(handlers_view(library, options.handler, options.backend, options.width))
        return FINE
    return shown_audit(options, path, library.to_json(options.backend), summary)


def audit_program(options: argparse.Namespace, program: ProgramAudit) -> int:
    """The same for a file that isn't a backend library."""
    refuse(options, LIBRARY_OPTIONS, f"{program.path} isn't a backend library, and this is for one")
    if options.handler is not None:
        if len(options.function) != 1:
            raise WrongUsage("--handler: give one --function that the handler belongs to")
        try:
            number = whole_number(0, 65535)(options.handler)
        except argparse.ArgumentTypeError as error:
            raise WrongUsage(f"--handler: {error}, an entry of the function's table") from error
        print(program_handler(program, options.function[0], number))
        return FINE
    audit = program.to_json(options.function, said_to_terminal)
    if options.json:
        write_json(options.json, audit)
    if options.json != "-" and not options.quiet:
        print(program_markdown(audit) if options.markdown else program_summary(audit))
    return REGRESSION if options.expect and changed(program.path, audit, options.expect) else FINE


def refuse(options: argparse.Namespace, names: Sequence[str], why: str) -> None:
    """Raises WrongUsage if any of these options is given."""
    for name in names:
        if getattr(options, name):
            raise WrongUsage(f"--{name.replace('_', '-')}: {why}")


def said_to_terminal(text: str) -> None:
    """Says what is being done, if somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="" if text else "", file=sys.stderr, flush=True)


def changed(path: pathlib.Path, audit: dict[str, Any], expected: str) -> bool:
    """Says which functions are something else than expected; returns whether any is."""
    if not audit["functions"]:
        raise ToolError(
            f"{path}: no function looks like an interpreter, so none can be {expected}; name one with --function"
        )
    others = [one for one in audit["functions"] if one["effective_technique"] != expected]
    for one in others:
        reason = f": {one['label_reason']}" if one["label_reason"] else ""
        print(
            f"tools/audit: {path}: {function_name(one)} is {one['label']}{reason}; expected {expected}. "
            "See its code with --handler, and compare the compiler and its flags with those of the last build",
            file=sys.stderr,
        )
    return bool(others)


def shown_audit(
    options: argparse.Namespace,
    path: pathlib.Path,
    audit: dict[str, Any],
    table: Callable[[dict[str, Any]], str],
) -> int:
    """Writes, prints and checks an audit as asked for; returns the exit code."""
    # The harness reads the file beside the library, so that one always holds every backend.
    if options.json or not options.backend:
        write_json(options.json or path.with_suffix(".audit.json"), audit)
    if options.json != "-" and not options.quiet:
        print(table(audit))
    if not options.check:
        return FINE
    return FAILURE if reported(path, audit["backends"]) else FINE


def audit_module(options: argparse.Namespace, path: pathlib.Path) -> int:
    """The same for a WebAssembly module."""
    if options.block is not None:
        raise WrongUsage(f"--block: {path} is a module; expected a dump of generated code")
    if options.engine:
        print(engine_handler(path, options.backend, options.handler, options.engine))
        return FINE
    if options.handler:
        print(module_handler(path, options.backend, options.handler))
        return FINE
    return shown_audit(options, path, module_audit(path, options.backend), module_summary)


def audit_generated(options: argparse.Namespace, code: GeneratedCode) -> int:
    """The same for a dump of generated code."""
    for option in ("handler", "backend", "check"):
        if getattr(options, option):
            raise WrongUsage(
                f"--{option}: {code.image.path} is a dump of generated code; expected a library, or --block ADDRESS"
            )
    if options.block is not None:
        print(block_view(code, options.block))
        return FINE
    figures = generated_figures(code)
    if options.json:
        write_json(options.json, figures)
    if options.json != "-" and not options.quiet:
        print(generated_summary(code.image.path.name, figures))
    return FINE


def uxn_address(text: str) -> int:
    """The type of an argument."""
    if re.fullmatch(r"[0-9a-fA-F]{1,4}", text):
        return int(text, 16)
    raise argparse.ArgumentTypeError(
        f"found {shortened(text)}, expected an address of up to four hexadecimal digits"
    )


def reported(library: pathlib.Path, backends: dict[str, Any]) -> bool:
    """Says which backends are unknown or not what they are expected to be; returns whether any isn't as expected."""
    failed = False
    for name, found in backends.items():
        expected = found["expected"]
        if found["label_reason"]:
            print(
                f"tools/audit: {library}: what {name} is isn't known: {found['label_reason']}; its add_backend expects "
                f"{expected}.",
                file=sys.stderr,
            )
        elif not found["as_expected"]:
            print(
                f"tools/audit: {library}: {name} is {found['label']}; its add_backend expects {expected}. "
                "If the code is right, correct EXPECTED; if not, check the backend's flags.",
                file=sys.stderr,
            )
        failed |= not found["as_expected"]
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the audit; returns the exit code."""
    parser = command_parser("tools/audit", DESCRIPTION, EPILOG)
    parser.add_argument(
        "library",
        type=pathlib.Path,
        metavar="FILE",
        help="a program, a library or an object file; build/clang/dispatchbench_backends.so or a folder of such libraries; "
        "or the dump that a backend wrote (jit: DISPATCHBENCH_JIT_DUMP=FILE)",
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write the audit here (default: LIBRARY.audit.json beside a backend library, nothing for others; '-': "
        "standard output)",
    )
    parser.add_argument(
        "--function",
        metavar="NAME|ADDRESS",
        action="append",
        default=[],
        help="audit this function of any program, for example luaV_execute or 0x1b3a0; may be repeated (default: list "
        "those that look like interpreters)",
    )
    parser.add_argument(
        "--expect",
        metavar="TECHNIQUE",
        choices=EXPECTABLE,
        help=f"exit with 3 if the dispatch of a --function is another: {', '.join(EXPECTABLE)}",
    )
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="print a program's audit as Markdown, for a pull request",
    )
    parser.add_argument(
        "--max-time",
        metavar="SECONDS",
        type=whole_number(1, 3600),
        default=60,
        help="give a function of a program up after this time (default: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="print no table")
    parser.add_argument(
        "--check", action="store_true", help="fail if a backend is not what its add_backend expects"
    )
    parser.add_argument(
        "--handler",
        metavar="MNEMONIC|NUMBER",
        help="show this handler's code: of a backend for example ADD2, of a program's --function the entry of its table",
    )
    parser.add_argument(
        "--engine",
        metavar="LABEL",
        help="show what this WebAssembly engine makes of the handler, for example node-26 (tools/wasm --list)",
    )
    parser.add_argument(
        "--block",
        metavar="ADDRESS",
        type=uxn_address,
        help="show the code of this block of a dump, for example 0114",
    )
    parser.add_argument(
        "--backend",
        metavar="NAME",
        action="append",
        default=[],
        help="only this backend; may be repeated",
    )
    parser.add_argument(
        "--width",
        type=whole_number(1, 100_000),
        default=shutil.get_terminal_size((100, 40)).columns,
        help="columns of text, which decide whether backends fit side by side (default: the terminal's)",
    )
    options = parser.parse_args(arguments)
    return exit_code_of("tools/audit", lambda: audit_libraries(options))
