"""What each opcode costs on each backend, from programs that execute little else: see tools/per_opcode --help."""
