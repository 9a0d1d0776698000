"""What our own functions say of faults: they are asked, so that nobody changes their words unnoticed."""

from collections.abc import Callable

import pytest

from migration.outcome import Outcome
from migration.report import explain
from preflight.delegation import DelegationError, HostedZone
from preflight.errors import PreflightError
from preflight.images import check_access, check_available
from preflight.login import Login
from preflight.registry import Registry
from preflight.requests import RegistryAccess

ACCESS = RegistryAccess(
    host="registry.gitlab.com",
    project="group/project",
    images=("backend",),
    credentials_arn="arn",
    token_key="accessToken",  # noqa: S106 - a name
    token_parameter="instandt-prod-secrets:GitLabAccessToken",  # noqa: S106 - a name
)


class Answering(Registry):
    """A registry that answers everything with one status."""

    status = 401

    def _status(self, *_: str) -> int:
        return self.status


def preflight_says(status: int) -> str:
    """The message when the registry answers with a status."""
    login = Login(username="deploy", token="of-nobody")  # noqa: S106 - of nobody
    registry = Answering(host=ACCESS.host, login=login)
    object.__setattr__(registry, "status", status)

    def check() -> None:
        if status == 404:
            check_available(ACCESS.in_versions({"backend": "9.9.9"}), registry=registry)
        else:
            check_access(ACCESS, registry=registry)

    return _message(check, PreflightError)


def delegation_says() -> str:
    """The problem of a domain that leads elsewhere."""
    zone = HostedZone(
        identifier="Z1",
        name="example.com",
        servers=frozenset({"ns1.example.net"}),
        own_names=frozenset(),
    )
    return _message(lambda: zone.check(frozenset({"ns.elsewhere.net"})), DelegationError)


def migration_says(exit_code: int | None, *log: str, reason: str = "") -> str:
    """The message of a migration that failed."""
    outcome = Outcome(exit_code=exit_code, reason=reason, task_id="0", has_error=True)
    return explain(outcome, log=list(log))


def _message(check: Callable[[], None], error: type[Exception]) -> str:
    with pytest.raises(error) as raised:
        check()
    return str(getattr(raised.value, "problem", raised.value))
