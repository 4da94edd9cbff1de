"""Tries how often `dispatchbench compare` is right: see tools/verdict_trials --help."""
