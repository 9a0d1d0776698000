"""Which targets of a load balancer get requests.

ministack's load balancers call every registered target healthy and pick one at random. Here the answers of
the targets decide ("Health checks for Application Load Balancer target groups", Elastic Load Balancing).
Which targets are registered is ministack's business.
"""

import asyncio
import http.client
import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from local.emulator import hooks
from local.emulator.balancer_metrics import BalancerMetrics

Target = dict[str, Any]
Group = dict[str, Any]
Address = tuple[str, int]
"""Host and port of a target."""
State = Literal["initial", "healthy", "unhealthy"]

_POLL_SECONDS = 0.1
_ATTENTIVE_SECONDS = 1.0
_MEMBER = re.compile(
    r"<member><Target><Id>(?P<host>[^<]*)</Id><Port>(?P<port>\d+)</Port></Target>.*?</member>"
)


@dataclass(frozen=True)
class _Check:
    """What a target answered to its last health check."""

    healthy: bool
    at: float
    """When it was asked, on the monotonic clock."""


class Health:
    """Asks the targets of all groups. One answer decides; the thresholds of a group are ignored."""

    def __init__(self, metrics: BalancerMetrics) -> None:
        self._balancing = hooks.service("alb")
        self._metrics = metrics
        self._attended = frozenset[str]()
        """The ARNs of the groups whose healthy targets are asked more often."""
        self._turn = itertools.count()
        # Only the thread that checks replaces this; all others read it.
        self._checks: dict[tuple[str, Address], _Check] = {}

    def install(self) -> None:
        """Begin to check, and let ministack's load balancers go by the results."""
        hooks.around(self._balancing, "_describe_target_health")(self._describe)
        hooks.around(self._balancing, "_proxy_http_target")(self._forward)
        threading.Thread(target=self._follow, daemon=True, name="health-checks").start()

    def state(self, group_arn: str, address: Address) -> State:
        """The target's state as DescribeTargetHealth calls it."""
        check = self._checks.get((group_arn, address))
        if check is None:
            return "initial"
        return "healthy" if check.healthy else "unhealthy"

    @contextmanager
    def attentive(self, group_arns: Collection[str]) -> Iterator[None]:
        """Ask the healthy targets of these groups more often, because somebody waits for what happens."""
        self._attended |= frozenset(group_arns)
        try:
            yield
        finally:
            self._attended -= frozenset(group_arns)

    def publish(self, group_arns: Collection[str]) -> None:
        """Publish how many targets of these groups are healthy, of those that have any."""
        for arn in group_arns:
            if targets := self._balancing._targets.get(arn):
                group = self._balancing._tgs[arn]
                states = [self.state(arn, _address(target, group)) for target in targets]
                self._metrics.healthy(arn, states.count("healthy"))

    def _follow(self) -> None:
        # All attended targets are asked in the same round, which lasts until the slowest has answered or is
        # given up.
        due = 0.0
        with ThreadPoolExecutor(thread_name_prefix="health-check") as pool:
            while True:
                targets, attended, now = self._registered(), frozenset[str](), time.monotonic()
                if now >= due:
                    attended, due = self._attended, now + _ATTENTIVE_SECONDS
                checks = pool.map(partial(self._check, attended), targets)
                self._checks = {
                    (group["TargetGroupArn"], address): check
                    for (group, address), check in zip(targets, checks, strict=True)
                }
                time.sleep(_POLL_SECONDS)

    def _registered(self) -> list[tuple[Group, Address]]:
        """Every target that has a port, with its group, of all accounts and regions."""
        groups = {group["TargetGroupArn"]: group for group in self._balancing._tgs.all_values()}
        return [
            (groups[arn], _address(target, groups[arn]))
            for (_account, arn), targets in self._balancing._targets.to_dict().items()
            if arn in groups and groups[arn]["TargetType"] != "lambda"
            for target in targets
        ]

    def _check(self, attended: Collection[str], target: tuple[Group, Address]) -> _Check:
        """Ask a healthy target at the group's interval, or if its group is attended, and others always."""
        group, address = target
        last = self._checks.get((group["TargetGroupArn"], address))
        now, interval = time.monotonic(), group["HealthCheckIntervalSeconds"]
        is_attended = group["TargetGroupArn"] in attended
        if last and last.healthy and not is_attended and now < last.at + interval:
            return last
        return _Check(_answers(group, address), now)

    async def _forward(
        self, original: hooks.Original, target: Target, group: Group, *request: hooks.Untyped
    ) -> hooks.Untyped:
        """Send the request to the next healthy target; without any, to any registered one ("fail open").

        A target that refuses the connection has just ended and is about to be deregistered. The request goes
        to the next one instead, so that it is not lost.
        """
        for healthy in self._healthy_in_turn(group):
            target = healthy
            if await _accepts(_address(healthy, group)):
                break
        response = await original(target, group, *request)
        status, _headers, body = response
        # A body in one piece is ministack's own; what a target answers is streamed.
        if not isinstance(body, bytes):
            self._metrics.answered(group["TargetGroupArn"], status)
        return response

    def _healthy_in_turn(self, group: Group) -> deque[Target]:
        """The healthy targets, each time beginning with the next one ("Round robin", User Guide)."""
        arn = group["TargetGroupArn"]
        targets = deque(
            target
            for target in self._balancing._targets.get(arn, [])
            if self.state(arn, _address(target, group)) == "healthy"
        )
        targets.rotate(-next(self._turn))
        return targets

    def _describe(self, original: hooks.Original, parameters: hooks.Untyped) -> hooks.Untyped:
        """Answer DescribeTargetHealth with the states that were found."""
        status, headers, body = original(parameters)
        arn = self._balancing._p(parameters, "TargetGroupArn")

        def found(member: re.Match[str]) -> str:
            state = self.state(arn, (member["host"], int(member["port"])))
            return member[0].replace(">healthy<", f">{state}<")

        return status, headers, _MEMBER.sub(found, body.decode()).encode()


def _address(target: Target, group: Group) -> Address:
    return target["Id"], int(target.get("Port") or group["Port"])


async def _accepts(address: Address) -> bool:
    """Whether something listens there."""
    try:
        _reader, writer = await asyncio.open_connection(*address)
    except OSError:
        return False
    writer.close()
    return True


def _answers(group: Group, address: Address) -> bool:
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
    ranges = (entry.partition("-") for entry in matcher.split(","))
    return any(int(first) <= status <= int(last or first) for first, _, last in ranges)
