"""The one exception whose text is meant for the operator."""


class CertificateError(Exception):
    """Something an operator can act on: a sentence that names what is wrong, and the remedy."""
