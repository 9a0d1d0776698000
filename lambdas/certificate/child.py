"""certbot's process: `python -m certificate.child certonly …`."""

import sys

from acme.messages import Error as AcmeError
from certbot.main import main


def explained(error: BaseException) -> str:
    """Return an error and the authority's own, with its type (RFC 8555 6.7), that is behind it.

    certbot's report leaves the type out.
    """
    lines = [f"{type(error).__name__}: {error}"]
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, AcmeError):
        cause = cause.__context__
    if cause not in (None, error):
        lines.append(str(cause))
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:  # certbot's errors have no common base class
        sys.exit(explained(error))
