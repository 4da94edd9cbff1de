"""Runs a build's own link command again, with its objects in another order and padding in front of each."""

from __future__ import annotations

import pathlib
import random
import shlex
from dataclasses import dataclass

from tool import ToolError, output_of

LIBRARY = "dispatchbench_backends.so"
# Padding is a multiple of this: every function starts at a multiple of 16 bytes whatever comes before it.
GRANULE = 16
PAGE = 4096


@dataclass(frozen=True)
class Link:
    """The link command of a library."""

    before: list[str]  # Compiler and flags, up to -o.
    objects: list[str]
    after: list[str]  # Libraries, after the objects.
    folder: pathlib.Path  # Where it runs.


def read_link(build: pathlib.Path) -> Link:
    """The command by which ninja links the library in `build`."""
    if not (build / "build.ninja").is_file():
        raise ToolError(
            f"{build}: no build.ninja; expected a build folder as cmake --preset clang makes it"
        )
    if not (build / LIBRARY).is_file():
        raise ToolError(f"{build / LIBRARY}: not there; build it first: cmake --build {build}")
    commands = output_of(["ninja", "-C", build, "-t", "commands", LIBRARY])
    # ": && LINK && AUDIT", by shell: the link is the part that writes the library.
    for part in commands.splitlines()[-1].split("&&"):
        words = shlex.split(part)
        if "-o" not in words or words[words.index("-o") + 1] != LIBRARY:
            continue
        output = words.index("-o")
        rest = words[output + 2 :]
        objects = [word for word in rest if word.endswith(".o")]
        after = [word for word in rest if not word.endswith(".o")]
        if len(objects) < 2:
            raise ToolError(
                f"the link command of {build / LIBRARY} names {len(objects)} objects; expected several: {part}"
            )
        return Link(words[:output], objects, after, build)
    raise ToolError(f"ninja names no link command for {build / LIBRARY}: {commands[-500:]}")


def _padding_object(
    link: Link, scratch: pathlib.Path, number: int, chance: random.Random
) -> pathlib.Path:
    """An object with code that never runs and tables that are never read, of random lengths."""
    code, data = (chance.randrange(0, PAGE, GRANULE) for _ in range(2))
    source = scratch / f"padding{number}.s"
    source.write_text(
        f'.section .text\n.skip {code}\n.section .data.rel.ro,"aw"\n.skip {data}\n'
        f'.section .rodata,"a"\n.skip {data}\n.section .note.GNU-stack,"",%progbits\n'
    )
    target = scratch / f"padding{number}.o"
    # The link's own driver and flags, so that it is for the same processor.
    compiler = [word for word in link.before if word != "-shared"]
    output_of([*compiler, "-c", "-o", target, source], folder=link.folder)
    return target


def link_variant(
    link: Link, output: pathlib.Path, chance: random.Random, scratch: pathlib.Path
) -> None:
    """Links one variant into `output`."""
    objects = list(link.objects)
    chance.shuffle(objects)
    words: list[str | pathlib.Path] = []
    for number, name in enumerate(objects):
        words += [_padding_object(link, scratch, number, chance), name]
    output_of([*link.before, "-o", output, *words, *link.after], folder=link.folder)
