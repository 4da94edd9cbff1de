"""Models hot handlers on AArch64 processors with llvm-mca: see tools/model --help."""
