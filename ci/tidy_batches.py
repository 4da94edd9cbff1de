"""What clang-tidy is to check: `ci/tidy_batches.py COMMANDS FOLDER FILE...` prints a batch of the tracked FILEs a line, with
its name first.

Each batch becomes FOLDER/NAME.cpp, which includes its files, since clang-tidy takes most of its time for the headers that
all of them include. FOLDER/compile_commands.json has one command for each batch and for each file: COMMANDS, the build's
own, has several for a backend that is compiled in several ways.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from batches import batches

MOST_FILES = 20  # Where a batch has a finding, each of its files is checked by itself.

_OF_THE_TREE = re.compile(
    r"-DDISPATCHBENCH_\w+_(?:FOLDER|FILE|CASES|TRIAL|VECTORS|LIBRARY|PARTS)=.*|-DDISPATCHBENCH_VERSION=.*"
)

_DECLARATION_OF_A_NAME = re.compile(r"^using (?:\w+::)+(\w+);|^namespace (\w+) =", re.MULTILINE)
_HEADER_OF_C = re.compile(
    r"^#include <(?:assert|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdarg|stdbool|stddef|stdint|"
    r"stdio|stdlib|string|time|uchar|wchar|wctype)\.h>",
    re.MULTILINE,
)
_COMMENT = re.compile(r"//.*")


def needs_its_own_check(text: str) -> bool:
    """Whether a file may have what clang-tidy reports only of the file that it is given: a `using` or an alias of a namespace
    that the file doesn't need, or a header of C."""
    code = _COMMENT.sub("", text)
    names = [one or other for one, other in _DECLARATION_OF_A_NAME.findall(code)]
    return bool(_HEADER_OF_C.search(code)) or any(
        len(re.findall(rf"(?<!::)\b{name}\b", code)) < (2 if f"namespace {name} =" in code else 1)
        for name in names
    )


def _flags(entry: dict[str, Any]) -> tuple[tuple[str, ...], list[str]]:
    """The flags that the files of a batch must have in common, and definitions that they may have beside them."""
    words = shlex.split(entry["command"])
    output = words.index("-o")
    words = [
        word for word in words[:output] + words[output + 2 :] if word not in ("-c", entry["file"])
    ]
    definitions = [word for word in words if _OF_THE_TREE.fullmatch(word)]
    return tuple(word for word in words if word not in definitions), definitions


def main(commands: Path, folder: Path, tracked: list[str]) -> None:
    """Writes the batches and their commands, and prints them."""
    entries = {
        os.path.relpath(entry["file"]): entry
        for entry in reversed(json.loads(commands.read_text(encoding="utf-8")))
    }
    alike: dict[tuple[str, ...], list[Path]] = {}
    definitions: dict[tuple[str, ...], set[str]] = {}
    for file in tracked:
        if file not in entries:
            continue
        flags, own = _flags(entries[file])
        alike.setdefault(flags, []).append(Path(file))
        definitions.setdefault(flags, set()).update(own)
    folder.mkdir(parents=True, exist_ok=True)
    written = [entries[str(file)] for files in alike.values() for file in files]
    number = 0
    for flags, files in alike.items():
        alone = [file for file in files if needs_its_own_check(file.read_text(encoding="utf-8"))]
        for batch in [[file] for file in alone] + batches(
            [file for file in files if file not in alone], MOST_FILES
        ):
            number += 1
            name = f"batch_{number}"
            print(name, *batch)
            source = folder.resolve() / f"{name}.cpp"
            includes = "".join(f'#include "{file.resolve()}"\n' for file in batch)
            source.write_text(
                f"// NOLINTBEGIN(bugprone-suspicious-include)\n{includes}// NOLINTEND(bugprone-suspicious-include)\n"
            )
            command = [*flags, *sorted(definitions[flags]), "-Wno-shadow", "-c", str(source)]
            directory = entries[str(batch[0])]["directory"]
            written.append(
                {"directory": directory, "command": shlex.join(command), "file": str(source)}
            )
    (folder / "compile_commands.json").write_text(json.dumps(written), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
