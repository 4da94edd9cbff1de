"""Histories: runs in order, lasting changes of their levels, and what they say about now."""
