"""Target groups whose targets are asked whether they are healthy."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

Address = tuple[str, int]


class Health:
    """The state of every target: "initial" until it passes its group's health check once."""

    def __init__(self) -> None:
        self._balancing = hooks.service("alb")
        self._initial: set[tuple[str, Address]] = set()

    def install(self) -> None:
        """Answer DescribeTargetHealth with what was found; ministack calls every target healthy."""
        hooks.around(self._balancing, "_describe_target_health")(self._describe)

    def register(self, group_arn: str, addresses: list[Address]) -> None:
        """Make these the group's targets: an ECS service owns the group that it is attached to."""
        targets = self._balancing._targets
        if group_arn not in self._balancing._tgs:
            return
        known = {_address(target) for target in targets.get(group_arn, [])}
        self._initial |= {(group_arn, address) for address in addresses if address not in known}
        targets[group_arn] = [{"Id": host, "Port": port} for host, port in addresses]

    def check(self, group_arn: str, address: Address) -> bool:
        """Whether the target passes the group's check now, which makes it healthy from then on."""
        group = self._balancing._tgs.get(group_arn)
        if group is None or not _answers(group, address):
            return False
        self._initial.discard((group_arn, address))
        return True

    def _describe(self, original: Callable[..., Any], parameters: Untyped) -> Untyped:
        group_arn = self._balancing._p(parameters, "TargetGroupArn")
        if group_arn not in self._balancing._tgs:
            return original(parameters)
        members = "".join(
            self._member(group_arn, _address(target))
            for target in self._balancing._targets.get(group_arn, [])
        )
        return self._balancing._xml(
            200,
            "DescribeTargetHealth",
            f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>",
        )

    def _member(self, group_arn: str, address: Address) -> str:
        host, port = address
        state = "initial" if (group_arn, address) in self._initial else "healthy"
        return (
            f"<member><Target><Id>{escape(host)}</Id><Port>{port}</Port></Target>"
            f"<TargetHealth><State>{state}</State></TargetHealth></member>"
        )


def _address(target: dict[str, Any]) -> Address:
    return target["Id"], target["Port"]


def _answers(group: dict[str, Any], address: Address) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=group["HealthCheckTimeoutSeconds"])
    try:
        connection.request("GET", group["HealthCheckPath"])
        return _matches(group["Matcher"]["HttpCode"], connection.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _matches(matcher: str, status: int) -> bool:
    """Whether the status is in a list such as "200,301-302" (ELB, "Matcher")."""
    for entry in matcher.split(","):
        first, _, last = entry.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
