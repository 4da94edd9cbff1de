"""tools/libraries: a backend library for each compiler, with what it took to compile each backend."""
