"""Builds one library into its folder, from scratch if its compiler or its flags have changed."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import shutil
import time
from typing import Any

from tool import REPOSITORY, ToolError, make_folder, output_of, read_object, write_json

from . import rust_library
from .build_costs import BackendBuild
from .native_build import build_native
from .wanted import BuiltLibrary, Outcome, WantedLibrary

SCHEMA = 1
# What a folder was made by.
MADE_BY = "made_by.json"
PRODUCTS = (".so", ".audit.json", ".build.json")


def build_library(library: WantedLibrary, jobs: int) -> Outcome:
    """Builds a library, or leaves it as it is if nothing has changed. One that can't be built is removed."""
    begin = time.monotonic()
    try:
        _prepare_folder(library)
        before = _stamp(library.file)
        built = _build(library, jobs)
        write_json(library.file.with_suffix(".build.json"), build_document(library, built))
    except (ToolError, OSError) as error:
        _remove_products(library)
        return Outcome(library, time.monotonic() - begin, failure=str(error))
    return Outcome(
        library, time.monotonic() - begin, built, unchanged=_stamp(library.file) == before
    )


def _build(library: WantedLibrary, jobs: int) -> BuiltLibrary:
    if library.compiler.language != "rust":
        return build_native(library, jobs)
    # Nothing but this notices what has changed, so then everything is built again; see _made_by.
    written = library.file.with_suffix(".build.json")
    if library.file.is_file() and written.is_file():
        backends = read_object(written, f"remove {library.folder}")["backends"]
        return BuiltLibrary([BackendBuild(**backend) for backend in backends])
    costs = rust_library.build_rust_library(
        library.compiler.path, library.folder, library.label, library.flags
    )
    if library.audited:  # CMake does it for the others.
        output_of([REPOSITORY / "tools/audit", "--quiet", library.file])
    return BuiltLibrary(costs)


def _prepare_folder(library: WantedLibrary) -> None:
    """Makes the library's folder, anew if another compiler or other flags made it."""
    made_by = library.folder / MADE_BY
    wanted = _made_by(library)
    if library.folder.exists() and not made_by.exists() and any(library.folder.iterdir()):
        raise ToolError(
            f"{library.folder}: holds something that isn't a build of tools/libraries; remove it, or choose another "
            "--output"
        )
    if made_by.exists():
        if read_object(made_by, f"remove {library.folder}") == wanted:
            return
        shutil.rmtree(library.folder)
    make_folder(library.folder)
    write_json(made_by, wanted)


def _made_by(library: WantedLibrary) -> dict[str, Any]:
    """What decides how a library comes out, apart from the sources that ninja watches."""
    return {
        "compiler": str(library.compiler.path),
        "identity": library.compiler.identity,
        "flags": list(library.flags),
        "sources": str(REPOSITORY),
        "rust_sources": _rust_sources() if library.compiler.language == "rust" else None,
        "audited": library.audited,
        "backends": library.backends,
    }


def _rust_sources() -> str:
    """Differs once a source of the Rust library has changed."""
    backends = REPOSITORY / "backends"
    digest = hashlib.sha256()
    sources = [path for ending in ("rs", "h") for path in sorted(backends.rglob(f"*.{ending}"))]
    for path in [*sources, pathlib.Path(rust_library.__file__)]:
        digest.update(f"{path}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp(path: pathlib.Path) -> tuple[int, int] | None:
    """Differs once the file has been written anew."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def _remove_products(library: WantedLibrary) -> None:
    for suffix in PRODUCTS:
        library.file.with_suffix(suffix).unlink(missing_ok=True)


def build_document(library: WantedLibrary, built: BuiltLibrary) -> dict[str, Any]:
    """What X.build.json says of a library."""
    compiler = library.compiler
    factors = None
    if library.flag_label is not None:
        factors = {
            "base": compiler.label,
            "flags": " ".join(library.flags),
            "label": library.flag_label,
        }
    return {
        "schema": SCHEMA,
        "compiler_name": compiler.label,
        "compiler_released": compiler.released,
        "packages": dict(compiler.packages),
        "factors": factors,
        "backends": [dataclasses.asdict(cost) for cost in built.costs],
    }
