"""The flag sets that are compared, as data: what each is, why people use it, and how each compiler family spells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FlagSet:
    """One change to the flags of the base library."""

    label: str
    """Of its libraries: COMPILER-LABEL."""
    meaning: str
    """What it is."""
    use: str
    """Why people build with it."""
    clang: tuple[str, ...]
    gcc: tuple[str, ...]

    def flags(self, family: str) -> tuple[str, ...]:
        """As this family of compilers spells it: "clang" or "g++"."""
        return self.clang if family == "clang" else self.gcc


def _same(label: str, meaning: str, use: str, *flags: str) -> FlagSet:
    """A set that both families spell alike."""
    return FlagSet(label, meaning, use, flags, flags)


def _aligned(bytes_: int, use: str) -> FlagSet:
    """Handlers on a boundary.

    A handler is a function in tail_call (-falign-functions), and a block that nothing falls into in the others:
    -align-all-nofallthru-blocks takes the exponent; g++ calls it -falign-jumps. clang's flag aligns the rare ways of
    tail_call's handlers as well.
    """
    exponent = bytes_.bit_length() - 1
    return FlagSet(
        f"align{bytes_}",
        f"each handler begins on a multiple of {bytes_} bytes",
        use,
        (
            f"-falign-functions={bytes_}",
            f"-falign-loops={bytes_}",
            "-mllvm",
            f"-align-all-nofallthru-blocks={exponent}",
        ),
        (f"-falign-functions={bytes_}", f"-falign-loops={bytes_}", f"-falign-jumps={bytes_}"),
    )


PGO = "pgo"
"""The set whose flags name a profile; its two builds are those of profile.py."""

FLAG_SETS = (
    _same(
        "frame-pointers",
        "every function keeps a frame pointer",
        "profilers walk the stack with it; Fedora and Ubuntu build everything so",
        "-fno-omit-frame-pointer",
        "-mno-omit-leaf-frame-pointer",
    ),
    _same(
        "cf-none",
        "no control-flow protection, as the base has it",
        "the same flags twice: what this run shows where nothing has changed",
        "-fcf-protection=none",
    ),
    _same(
        "cf-branch",
        "a landing pad (endbr64) at everything that an indirect jump may reach",
        "indirect branch tracking, the half of CET that costs instructions",
        "-fcf-protection=branch",
    ),
    _same(
        "cf-full",
        "landing pads, and code that keeps to a shadow stack",
        "what Debian and Ubuntu build with",
        "-fcf-protection=full",
    ),
    _same(
        "zero-used",
        "registers that a function used are zeroed before it returns",
        "Linux kernels: fewer gadgets, fewer leaks",
        "-fzero-call-used-regs=used-gpr",
    ),
    FlagSet(
        "retpolines",
        "every indirect jump becomes a return that no predictor follows",
        "the answer to Spectre's second variant without help from the processor",
        ("-mretpoline",),
        ("-mindirect-branch=thunk", "-fcf-protection=none"),
    ),
    _same("O1", "less optimisation than the base, -O2", "builds that have to be quick", "-O1"),
    _same("O3", "more optimisation than the base, -O2", "the hope that it helps", "-O3"),
    _same("Os", "optimised for size", "small caches, small machines", "-Os"),
    _aligned(16, "the default of both compilers for functions"),
    _aligned(32, "a decoder's window"),
    _aligned(64, "a cache line"),
    _aligned(128, "two cache lines, which adjacent-line prefetchers fetch together"),
    FlagSet(
        "branches32",
        "no branch crosses or ends at a 32-byte boundary",
        "Skylake's erratum JCC, whose microcode keeps such branches out of the µop cache",
        ("-mbranches-within-32B-boundaries",),
        ("-Wa,-mbranches-within-32B-boundaries",),
    ),
    FlagSet(
        PGO,
        "optimised by a profile of one half of the workloads, measured on the other half",
        "the compiler then knows what is hot",
        ("-fprofile-use=FILE",),
        ("-fprofile-use=FOLDER",),
    ),
)
