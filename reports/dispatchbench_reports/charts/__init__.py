"""One chart a file: what it shows (its data, tested as numbers) and how it is drawn."""
