"""Chooses sequences of opcodes to fuse from what programs execute."""
