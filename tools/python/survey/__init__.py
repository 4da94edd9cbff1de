"""Audits the interpreters that Debian ships: see tools/survey --help."""
