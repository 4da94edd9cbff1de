"""Builds layout variants of a backend library: the same object files, linked in another order with other padding.

Where code lies decides how it shares the processor's caches and predictors, which can move a time by more than the change
under test. Variants that differ in nothing else show by how much. Nothing is compiled: the link command of the build
folder runs anew for each variant, with its objects shuffled and a padding object in front of each.
"""

from __future__ import annotations

import argparse
import random
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tool import exit_code_of, ToolError

LIBRARY = "dispatchbench_backends.so"
# Padding is a whole number of these: every function starts at a multiple of 16 bytes whatever comes before it.
GRANULE = 16
PAGE = 4096


@dataclass(frozen=True)
class Link:
    """The link command of a library."""

    before: list[str]  # Compiler and flags, up to -o.
    objects: list[str]
    after: list[str]  # Libraries, behind the objects.
    folder: Path


def read_link(build: Path) -> Link:
    """The command by which ninja links the library in `build`."""
    if not (build / "build.ninja").is_file():
        raise ToolError(
            f"{build}: no build.ninja; expected a build folder, as cmake --preset clang makes it"
        )
    if not (build / LIBRARY).is_file():
        raise ToolError(f"{build / LIBRARY}: isn't there; build it first: cmake --build {build}")
    listed = subprocess.run(
        ["ninja", "-C", str(build), "-t", "commands", LIBRARY], capture_output=True, text=True
    )
    if listed.returncode != 0:
        raise ToolError(f"ninja can't list the commands of {build}: {listed.stdout}{listed.stderr}")
    # ": && LINK && AUDIT", by shell: the link is the part that writes the library.
    for part in listed.stdout.splitlines()[-1].split("&&"):
        words = shlex.split(part)
        if "-o" not in words or words[words.index("-o") + 1] != LIBRARY:
            continue
        output = words.index("-o")
        rest = words[output + 2 :]
        objects = [word for word in rest if word.endswith(".o")]
        after = [word for word in rest if not word.endswith(".o")]
        if len(objects) < 2:
            raise ToolError(
                f"the link command of {build / LIBRARY} names {len(objects)} objects: {part}"
            )
        return Link(words[:output], objects, after, build)
    raise ToolError(f"ninja names no link command for {build / LIBRARY}: {listed.stdout[-500:]}")


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise ToolError(f"{shlex.join(command)} failed in {folder}:\n{done.stdout}{done.stderr}")


def padding_object(link: Link, scratch: Path, number: int, code: int, data: int) -> str:
    """An object with `code` bytes of code that is never run and `data` bytes of tables that are never read."""
    source = scratch / f"padding{number}.s"
    source.write_text(
        f'.section .text\n.skip {code}\n.section .data.rel.ro,"aw"\n.skip {data}\n'
        f'.section .rodata,"a"\n.skip {data}\n.section .note.GNU-stack,"",%progbits\n'
    )
    target = scratch / f"padding{number}.o"
    # The link's own driver and flags, so that it is for the same processor.
    run(
        [
            *(word for word in link.before if word != "-shared"),
            "-c",
            "-o",
            str(target),
            str(source),
        ],
        link.folder,
    )
    return str(target)


def link_variant(link: Link, output: Path, chance: random.Random, scratch: Path) -> None:
    objects = list(link.objects)
    chance.shuffle(objects)
    words = []
    for number, name in enumerate(objects):
        code = chance.randrange(0, PAGE, GRANULE)
        words += [
            padding_object(link, scratch, number, code, chance.randrange(0, PAGE, GRANULE)),
            name,
        ]
    run([*link.before, "-o", str(output), *words, *link.after], link.folder)


def build_variants(build: Path, output: Path, label: str, count: int, seed: int) -> list[Path]:
    """Links the variants into `output` and returns their paths."""
    link = read_link(build.resolve())
    output.mkdir(parents=True, exist_ok=True)
    foreign = [path.name for path in output.glob("*.so") if "@layout" not in path.name]
    if foreign:
        raise ToolError(
            f"{output}: holds {foreign[0]}, which is no layout variant; choose another folder"
        )
    for old in output.glob(f"{label}@layout*"):
        old.unlink()
    audit = build / LIBRARY.replace(".so", ".audit.json")
    made = []
    for number in range(1, count + 1):
        path = output.resolve() / f"{label}@layout{number:0{len(str(count))}}.so"
        with tempfile.TemporaryDirectory(prefix="dispatchbench-layouts-") as scratch:
            link_variant(link, path, random.Random(f"{seed}/{number}"), Path(scratch))
        # The audit describes the code wherever it lies; it has to be younger than the library.
        if audit.is_file():
            shutil.copyfile(audit, path.with_suffix(".audit.json"))
        made.append(path)
    return made


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tools/layouts", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("build", type=Path, help="build folder, for example build/clang")
    parser.add_argument(
        "--count", type=int, default=8, help="variants to build (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, help="folder for them (default: BUILD/layouts)")
    parser.add_argument(
        "--label", help="first part of their names (default: the build folder's name)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of orders and padding (default: %(default)s)"
    )
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error(f"--count {arguments.count}: expected 1 or more")
    label = arguments.label or arguments.build.resolve().name
    if not label or any(character in label for character in "/ \t@"):
        parser.error(f'--label "{label}": expected a name without slash, space or @')
    output = arguments.output or arguments.build / "layouts"

    def make() -> None:
        made = build_variants(arguments.build, output, label, arguments.count, arguments.seed)
        print(f"{len(made)} variants of {arguments.build / LIBRARY} in {output}")

    return exit_code_of("tools/layouts", make)
