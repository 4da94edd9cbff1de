"""Measures what each opcode costs on each backend, with programs that execute little else: see tools/per_opcode."""
