"""Brings compilers that this system hasn't, from Debian's suites, into a folder of their own: see tools/compilers --help."""
