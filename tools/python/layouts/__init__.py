"""Links layout variants of a backend library: see tools/layouts --help."""
