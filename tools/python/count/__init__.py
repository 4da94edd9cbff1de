"""Counts the processor instructions that backends execute: a module for each way of counting."""
