"""Says what the compiler made of each backend's dispatch: see tools/audit --help."""
