"""How a look says that something is wrong, or that it could not look."""


class Broken(Exception):  # noqa: N818 - a verdict rather than an error
    """Something is not as it should be. The message says what, and what to do where that is known."""


class LeftOut(Exception):  # noqa: N818 - a verdict rather than an error
    """Nothing was looked at. The message says why."""
