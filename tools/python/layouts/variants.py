"""A folder of layout variants, with the libraries.json that says what they are."""

from __future__ import annotations

import pathlib
import random
import tempfile

from libraries_file import ListedLibrary, read_libraries, write_libraries
from machine_code.elf_image import content_hash
from tool import ToolError, make_folder, read_object, write_json

from .linking import LIBRARY, link_variant, read_link


def _describe_as(audit: pathlib.Path, original: pathlib.Path, variant: pathlib.Path) -> None:
    """Writes the audit of the original as that of a variant: it describes the code wherever it lies. Nothing if it
    describes another library than the original."""
    document = read_object(audit, "remove it, or build the library again")
    if document.get("library_hash") == content_hash(original.read_bytes()):
        document |= {"library": variant.name, "library_hash": content_hash(variant.read_bytes())}
        write_json(variant.with_suffix(".audit.json"), document)


def build_variants(
    build: pathlib.Path, folder: pathlib.Path, label: str, count: int, seed: int
) -> list[ListedLibrary]:
    """Links `count` variants of the library in `build` into `folder`, in place of older variants of the same label."""
    link = read_link(build.resolve())
    make_folder(folder)
    listed = read_libraries(folder)
    names = {library.file for library in listed}
    foreign = sorted(path.name for path in folder.glob("*.so") if path.name not in names)
    if foreign:
        raise ToolError(
            f"{folder}: holds {foreign[0]}, which is no layout variant; choose another folder"
        )
    audit = (build / LIBRARY).with_suffix(".audit.json")
    made = []
    # Linked beside their place first, so that a failure leaves the older variants as they are.
    with tempfile.TemporaryDirectory(prefix=".linking-", dir=folder) as temporary:
        scratch = pathlib.Path(temporary).resolve()
        for number in range(1, count + 1):
            name = f"{label}@layout{number:0{len(str(count))}}"
            library = scratch / f"{name}.so"
            link_variant(link, library, random.Random(f"{seed}/{number}"), scratch)
            if audit.is_file():
                _describe_as(audit, build / LIBRARY, library)
            made.append(ListedLibrary(library.name, name, layout_of=label))
        kept = [library for library in listed if library.layout_of != label]
        for old in listed:
            if old not in kept:
                (folder / old.file).unlink(missing_ok=True)
                (folder / old.file).with_suffix(".audit.json").unlink(missing_ok=True)
        for new in made:
            for suffix in (".so", ".audit.json"):
                source = (scratch / new.file).with_suffix(suffix)
                if source.exists():
                    source.replace(folder / source.name)
        write_libraries(folder, [*kept, *made])
    return made
