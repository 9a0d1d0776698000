"""Checks and what they find."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from dns.exception import DNSException

NOT_ALLOWED = re.compile(r"not authori[sz]ed to perform: (?P<permission>[\w-]+:\w+)")
"""The missing permission in an error message of AWS ("Access denied error message examples", IAM User
Guide)."""
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
        """Return the same finding with its subject."""
        return replace(self, subject=subject)


def good(text: str) -> Finding:
    """Return a finding without a problem."""
    return Finding(Mark.GOOD, text)


def warning(text: str, remedy: str) -> Finding:
    """Return a finding that the operator should know, although the deployment would succeed."""
    return Finding(Mark.WARNING, text, remedy)


def failed(text: str, remedy: str) -> Finding:
    """Return a finding that would make the deployment, or the deployed application, fail."""
    return Finding(Mark.FAILED, text, remedy)


@dataclass(frozen=True)
class Check:
    """A check and its subject."""

    subject: str
    run: Callable[[], Iterable[Finding]]

    def findings(self) -> list[Finding]:
        """Run the check; an error of AWS, DNS or the network becomes a warning, so other checks go on."""
        found: list[Finding] = []
        try:
            found.extend(self.run())
        except ClientError as error:
            found.append(_refused(error))
        except (BotoCoreError, DNSException, OSError) as error:
            found.append(
                warning(
                    f"could not be checked: {error or type(error).__name__}",
                    "check that this machine reaches the internet, then run the doctor again",
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
            "could not be checked: these credentials lack a permission",
            f"allow {permission}, or use credentials that have it",
        )
    return warning(
        f"could not be checked: {error.operation_name} answered {code} {message}".rstrip(),
        "run the doctor again; if the error stays, look it up in the API reference of that call",
    )
