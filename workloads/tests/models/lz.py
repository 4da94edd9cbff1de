"""The result of the workload lz: the text that its compressed block stands for."""

# Traditional, printed in 1755.
ACTORS = (
    ("malt", "lay in"),
    ("rat", "ate"),
    ("cat", "killed"),
    ("dog", "worried"),
    ("cow with the crumpled horn", "tossed"),
    ("maiden all forlorn", "milked"),
    ("man all tattered and torn", "kissed"),
    ("priest all shaven and shorn", "married"),
    ("cock that crowed in the morn", "woke"),
    ("farmer sowing his corn", "kept"),
)


def text() -> str:
    """The rhyme of the house that Jack built, every verse one line longer than the one before."""
    verses = ["This is the house that Jack built.\n"]
    lines: list[str] = []
    previous = "house that Jack built"
    for actor, action in ACTORS:
        lines.insert(0, f"That {action} the {previous}")
        verses.append(f"This is the {actor}\n" + "\n".join(lines) + ".\n")
        previous = actor
    return "\n".join(verses)


def expected_output(_: bytes) -> bytes:
    """The text."""
    return text().encode()
