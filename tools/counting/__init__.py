"""Counts the processor instructions that backends execute: one module per way of counting."""
