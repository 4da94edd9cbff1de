"""The processors that can be decoded."""

from __future__ import annotations

from .aarch64 import Aarch64Processor
from .processor import Processor
from .x86_64 import X86Processor

PROCESSORS: dict[str, type[Aarch64Processor] | type[X86Processor]] = {
    "x86_64": X86Processor,
    "aarch64": Aarch64Processor,
}


def processor_for(target: str) -> Processor:
    """The decoder for an ElfImage's target."""
    return PROCESSORS[target]()
