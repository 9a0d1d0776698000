"""What the function fails with."""


class PreflightError(Exception):
    """Something is not as it must be; the message says what, and what to do about it."""
