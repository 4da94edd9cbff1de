"""The command line of tools/compilers."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence

from arguments import command_parser, shortened
from tool import WrongUsage, exit_code_of

from .available import From, fetched_suite
from .installed import prefix_folder
from .installing import Installation, clear_apt
from .listing import listing, table
from .prefix import Prefix, locked_prefix
from .removing import check_installed, remove, remove_all
from .suites import SUITES, add_mirror, check_system, system_mirror
from .wanted import EXPECTED, Wanted, wanted_compiler

DESCRIPTION = """\
Brings compilers that this system hasn't, from Debian's suites, into a folder of their own. The system stays as it is.

Packages are fetched by an apt with folders of its own and unpacked, not installed. The programs in the folder's bin run
them in a mount namespace in which /usr is theirs; they work on any file of the machine."""
EPILOG = """\
The folder is $DISPATCHBENCH_COMPILERS, or dispatchbench/compilers in $XDG_DATA_HOME or ~/.local/share.
  tools/compilers install clang-21 g++-16 rustc-1.97
  tools/compilers list --update            what is installed, and what could be
  tools/compilers install --package firefox --suite sid
  tools/compilers remove clang-21"""


def add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", help="Debian's suite (default: the oldest that has it)")
    add_mirror(parser)


def place_of(options: argparse.Namespace) -> From:
    """Where packages are to be fetched from."""
    check_system()
    return From(options.mirror or system_mirror(), options.keyring.absolute(), options.suite)


def wanted_things(options: argparse.Namespace) -> list[Wanted]:
    """What `install` is asked for. Raises WrongUsage."""
    if not options.names and not options.package:
        raise WrongUsage(f"install: expected what to install: {EXPECTED}, or --package NAME")
    found = []
    for name in options.names:
        wanted = wanted_compiler(name)
        if wanted is None:
            raise WrongUsage(f"{shortened(name)}: expected {EXPECTED}")
        found.append(wanted)
    if options.package and not options.suite:
        raise WrongUsage(f"--package {options.package}: give its --suite, too")
    if options.package and not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", options.package):
        raise WrongUsage(f"--package {shortened(options.package)}: is no name of a Debian package")
    if options.program and not options.package:
        raise WrongUsage("--program: names a program of a --package, and there is none")
    if options.package:
        found.append(Wanted(options.package, options.package, is_compiler=False))
    return found


def install(options: argparse.Namespace) -> None:
    """Installs one after the other: those before a failure stay."""
    things = wanted_things(options)
    place = place_of(options)
    with locked_prefix() as prefix:
        installation = Installation(prefix, place)
        for wanted in things:
            if wanted.name in prefix.entries():
                print(f"{wanted.name}: is installed already")
            else:
                installation.install(wanted, [] if wanted.is_compiler else options.program)
        prefix.drop_unused_packages()
        clear_apt(prefix)


def show(options: argparse.Namespace) -> None:
    """Prints what is installed and what could be."""
    if options.update:
        place = place_of(options)
        with locked_prefix() as changed:
            for suite in SUITES if place.suite is None else (place.suite,):
                fetched_suite(changed.folder, place, suite)
            clear_apt(changed)
    document = listing(Prefix(prefix_folder()))
    print(json.dumps(document, indent=1) if options.json else table(document))


def take_away(options: argparse.Namespace) -> None:
    """Removes what the command line names."""
    if options.all == bool(options.names):
        raise WrongUsage("remove: expected names, or --all")
    # Before anything is locked, so that a folder that isn't there isn't made.
    check_installed(Prefix(prefix_folder()), options.names)
    with locked_prefix() as prefix:
        if options.all:
            print(f"{remove_all(prefix)} removed from {prefix.folder}")
        else:
            remove(prefix, list(dict.fromkeys(options.names)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Installs, lists or removes; returns the exit code."""
    parser = command_parser("tools/compilers", DESCRIPTION, EPILOG)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    installer = commands.add_parser("install", help="install compilers")
    installer.add_argument("names", nargs="*", metavar="NAME", help=EXPECTED)
    installer.add_argument(
        "--package", metavar="NAME", help="another package of a suite, with its programs"
    )
    installer.add_argument(
        "--program",
        metavar="PATH",
        action="append",
        default=[],
        help="a further program of that package, such as usr/lib/x86_64-linux-gnu/mozjs-140/js140",
    )
    add_place(installer)
    lister = commands.add_parser("list", help="list what is installed and what could be")
    lister.add_argument("--json", action="store_true", help="as a JSON document")
    lister.add_argument("--update", action="store_true", help="fetch the suites' indexes first")
    add_place(lister)
    remover = commands.add_parser("remove", help="remove what was installed")
    remover.add_argument("names", nargs="*", metavar="NAME", help="as listed")
    remover.add_argument("--all", action="store_true", help="everything")
    options = parser.parse_args(arguments)
    work = {"install": install, "list": show, "remove": take_away}[options.command]
    return exit_code_of("tools/compilers", lambda: work(options))
