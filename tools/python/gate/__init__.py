"""Compares the backends of two revisions and fails if one has become slower: see ci/gate --help."""
