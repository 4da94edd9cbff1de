"""The programs in a prefix's bin folder, each of which runs one of a tree."""

from __future__ import annotations

import pathlib
import shlex

from tool import write_text

TEMPLATE = pathlib.Path(__file__).with_name("wrapper.sh")


def write_wrapper(
    wrapper: pathlib.Path, title: str, tree: pathlib.Path, program: str, *, is_compiler: bool
) -> None:
    """Writes a wrapper that runs `program`, a path in the tree."""
    # Headers and libraries then have names that mean the same outside of the namespace, where ninja looks at them.
    c_compiler = is_compiler and not wrapper.name.startswith("rustc")
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in {
        "@TITLE@": title,
        "@TREE@": shlex.quote(str(tree)),
        "@PROGRAM@": shlex.quote(program),
        # CMake compiles files of its own, which lie there.
        "@SHARED@": "usr/share usr/local" if is_compiler else "usr/local",
        "@ARGUMENTS@": '"--sysroot=$tree"' if c_compiler else "",
    }.items():
        text = text.replace(name, value)
    wrapper.parent.mkdir(exist_ok=True)
    write_text(wrapper, text)
    wrapper.chmod(0o755)
