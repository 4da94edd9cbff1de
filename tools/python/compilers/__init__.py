"""Brings compilers from Debian's suites into a folder of their own: see tools/compilers --help."""
