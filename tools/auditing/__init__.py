"""Says what the machine code of a backend library really is: see tools/audit --help."""
