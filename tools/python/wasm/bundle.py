"""Makes one plain script of JavaScript modules: a page that is opened as a file can't import others.

Each module becomes a function that returns what it exports, so its other names stay its own. Only the forms that the modules
use are understood; any other is an error.
"""

from __future__ import annotations

import pathlib
import re

from tool import ToolError, read_text

IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "(\.[\w./]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*|</script|<!--", re.MULTILINE | re.IGNORECASE)
REMEDY = "the tree is incomplete; restore it"


def bundle(entry: pathlib.Path) -> str:
    """A script that does what the module does, with all that it imports. Raises ToolError."""
    scripts: dict[pathlib.Path, str] = {}
    _add(entry.resolve(), entry.resolve().parent, scripts, ())
    return "\n".join(['"use strict";', "const modules = {};", *scripts.values()])


def _add(
    path: pathlib.Path,
    root: pathlib.Path,
    scripts: dict[pathlib.Path, str],
    importers: tuple[pathlib.Path, ...],
) -> None:
    """Adds a module behind those that it imports. `importers` lead to it."""
    if path in importers:
        raise ToolError(f"{path}: imports itself, through {importers[-1].name}")
    if path in scripts:
        return
    text = read_text(path, REMEDY)
    for _, specifier in IMPORT.findall(text):
        _add((path.parent / specifier).resolve(), root, scripts, (*importers, path))

    def imported(found: re.Match[str]) -> str:
        return f'const {{ {found[1]} }} = modules["{pathlib.Path(found[2]).name}"];'

    if any(path.name == other.name for other in scripts):
        raise ToolError(f"{path}: another module of the bundle is called {path.name}, too")
    exported = EXPORT.findall(text)
    text = EXPORT.sub("", IMPORT.sub(imported, text)).rstrip()
    if strange := OTHER.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        raise ToolError(
            f'{path}:{line}: found {strange[0][:60]!r}; expected only import {{ a, b }} from "./c.mjs" and exported'
            " functions, classes and constants, and no end of a script"
        )
    result = f"return {{ {', '.join(exported)} }};"
    scripts[path] = f'\nmodules["{path.name}"] = (() => {{\n{text}\n{result}\n}})();'
