"""The exception whose message is written for the operator."""


class CertificateError(Exception):
    """Something that the operator can solve. The message says what is wrong and what to do."""
