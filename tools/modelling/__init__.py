"""Feeds handlers' machine code to llvm-mca's processor models."""
