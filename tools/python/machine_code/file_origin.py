"""What a file is, and what it says of the compilers that it comes from."""

from __future__ import annotations

from elftools.elf.elffile import ELFFile

# What other files begin with.
BEGINNINGS = (
    (b"\xcf\xfa\xed\xfe", "a Mach-O file, which isn't read"),
    (
        b"\xca\xfe\xba\xbe",
        "a Mach-O file of several architectures (or a Java class), which isn't read",
    ),
    (b"MZ", "a Windows program (PE), which isn't read"),
    (b"!<arch>\n", "an archive; take an object file out of it with 'ar x'"),
    (b"#!", "a script"),
    (b"\0asm", "a WebAssembly module that doesn't end in .wasm"),
    (b"BC\xc0\xde", "LLVM bitcode, not machine code (of -flto, say)"),
)


def what_it_is(data: bytes) -> str:
    """What a file is that isn't ELF."""
    if not data:
        return "empty"
    known = next((what for begin, what in BEGINNINGS if data.startswith(begin)), None)
    return f"not an ELF file but {known}" if known else "not an ELF file"


def compilers(elf: ELFFile) -> list[str]:
    """What the section .comment says of the compilers, each once."""
    section = elf.get_section_by_name(".comment")
    texts = section.data().split(b"\0") if section is not None else []
    return list(dict.fromkeys(text.decode("utf-8", "replace") for text in texts if text))


def build_id(elf: ELFFile) -> str | None:
    """The number that tells a build from every other."""
    section = elf.get_section_by_name(".note.gnu.build-id")
    if section is None:
        return None
    return section.data()[-section["sh_size"] + 16 :].hex() or None
