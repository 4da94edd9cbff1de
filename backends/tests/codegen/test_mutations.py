"""tools/audit: whatever byte changes that a backend can execute or read, its code_hash changes, too, or there is none."""

from __future__ import annotations

import os
import pathlib

from mutations import choose, mutable_library, outcomes

LIBRARY = pathlib.Path(os.environ["DISPATCHBENCH_LIBRARY"])
# Of each compiler's library, in ci/test three, of which two have fewer. More by hand: see mutations.py.
COUNT = int(os.environ.get("DISPATCHBENCH_MUTATIONS", "100"))


def test_no_change_of_a_byte_that_is_executed_or_read_keeps_the_hash() -> None:
    library = mutable_library(LIBRARY)
    assert None not in library.hashes.values()  # Of those that generate no code.
    mutations = choose(library, COUNT, seed=2)
    assert {mutation.kind for mutation in mutations} == {"code", "data", "pointer"}
    results = outcomes(LIBRARY, mutations)
    kept = [
        str(mutation)
        for mutation, result in zip(mutations, results, strict=True)
        if result == "same"
    ]
    assert not kept, "\n".join(kept)
    # Most change the hash; the others leave none, and how many those are depends on which few bytes were chosen.
    assert results.count("changed") > COUNT / 3


def test_what_the_test_reuses_changes_no_hash() -> None:
    library = mutable_library(LIBRARY)
    for mutation in choose(library, 4, seed=3):
        quick = library.changed_hash(mutation)
        data = bytearray(library.data)
        data[mutation.offset] ^= mutation.change
        assert library.hash_of_file(bytes(data), mutation.backend) == quick, mutation
