"""Constructs that hide a decision or are used more than once."""
