"""Why the function cannot go on."""


class LoginsError(Exception):
    """The message says what is wrong and what to do. It is raised: Secrets Manager tries again later."""
