"""One chart per file: its data, tested as numbers, and how it is drawn."""
