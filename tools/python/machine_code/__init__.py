"""Reads machine code without running it: the ELF image, instructions, control flow and values."""
