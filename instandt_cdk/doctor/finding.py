"""What a check finds, and a check that cannot run."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from dns.exception import DNSException

NOT_ALLOWED = re.compile(r"not authori[sz]ed to perform: (?P<permission>[\w-]+:\w+)")
"""How AWS names the lacking permission ("Access denied error message examples", IAM User Guide)."""
REFUSED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


class Mark(StrEnum):
    """How a finding is shown."""

    GOOD = "✓"
    WARNING = "!"
    FAILED = "✗"


@dataclass(frozen=True)
class Finding:
    """One line for the operator, and what to do on the next one."""

    mark: Mark
    text: str
    remedy: str = ""
    subject: str = ""

    def about(self, subject: str) -> "Finding":
        """The same, with what it is about."""
        return replace(self, subject=subject)


def good(text: str) -> Finding:
    """As it should be."""
    return Finding(Mark.GOOD, text)


def warning(text: str, remedy: str) -> Finding:
    """A deployment comes through, but the operator should know."""
    return Finding(Mark.WARNING, text, remedy)


def failed(text: str, remedy: str) -> Finding:
    """A deployment, or what it deploys, would fail."""
    return Finding(Mark.FAILED, text, remedy)


@dataclass(frozen=True)
class Check:
    """A question, with what it is about."""

    subject: str
    ask: Callable[[], Iterable[Finding]]

    def findings(self) -> list[Finding]:
        """Ask; what keeps a check from running is a warning, and hides none of what others find."""
        found: list[Finding] = []
        try:
            found.extend(self.ask())
        except ClientError as error:
            found.append(_refused(error))
        except (BotoCoreError, DNSException, OSError) as error:
            found.append(
                warning(
                    f"could not be checked: {error or type(error).__name__}",
                    "see whether this machine reaches the internet, and run it again",
                )
            )
        return [finding.about(self.subject) for finding in found]


def _refused(error: ClientError) -> Finding:
    answer = error.response["Error"]
    code, message = answer.get("Code", ""), answer.get("Message", "")
    named = NOT_ALLOWED.search(message)
    if named or code in REFUSED:
        permission = named["permission"] if named else error.operation_name
        return warning(
            "could not be checked: these credentials may not ask",
            f"allow {permission}, or run it with credentials that may",
        )
    return warning(
        f"could not be checked: {error.operation_name} answered {code} {message}".rstrip(),
        "run it again; if it stays, look up what that call means by it",
    )
