"""Reads files: JSON first, then results, comparisons, opcode profiles and opcode costs."""
