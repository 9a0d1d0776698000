"""The exception of failed checks."""


class PreflightError(Exception):
    """A check failed. The message says what is wrong and what to do."""
