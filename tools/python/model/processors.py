"""The AArch64 processors that LLVM 19 has scheduling models of.

LLVM knows many processors by name but uses another processor's model for most of them. Source: the ProcessorModel lines of
llvm/lib/Target/AArch64/AArch64Processors.td in LLVM 19.1.
"""

from __future__ import annotations

# Processors that LLVM models, and whether they execute in order.
OWN_MODEL = {
    "a64fx": False,
    "ampere1": False,
    "ampere1b": False,
    "cortex-a53": True,
    "cortex-a55": True,
    "cortex-a510": True,
    "cortex-a57": False,
    "neoverse-n1": False,
    "neoverse-n2": False,
    "neoverse-v1": False,
    "neoverse-v2": False,
    "oryon-1": False,
}
# Processors for which LLVM uses another processor's model, and whose.
BORROWED_MODEL = {
    **dict.fromkeys(
        [f"apple-m{number}" for number in range(1, 5)]
        + [f"apple-a{number}" for number in range(7, 18)],
        "Cyclone's, of 2013",
    ),
    **dict.fromkeys(
        [
            "cortex-a72",
            "cortex-a73",
            "cortex-a75",
            "cortex-a76",
            "cortex-a77",
            "cortex-a78",
            "cortex-x1",
        ],
        "cortex-a57's",
    ),
    **dict.fromkeys(
        [
            "cortex-a710",
            "cortex-a715",
            "cortex-a720",
            "cortex-x2",
            "cortex-x3",
            "cortex-x4",
            "neoverse-n3",
        ],
        "neoverse-n2's",
    ),
    "cortex-a520": "cortex-a510's",
    "neoverse-v3": "neoverse-v2's",
}
DEFAULT = ("neoverse-n1", "neoverse-v2", "cortex-a55")


def description(processor: str) -> str:
    """The processor's name, and whose model LLVM uses for it if it has none."""
    if processor in BORROWED_MODEL:
        return f"{processor} (LLVM has no model of it: this is {BORROWED_MODEL[processor]})"
    return f"{processor} (in order)" if OWN_MODEL[processor] else processor
