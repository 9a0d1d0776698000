"""The functions, against real servers."""
