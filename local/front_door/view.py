"""The front door's view of the deployment, read again every second."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from local.front_door import certificate, listener
from local.front_door.certificate import Certificate
from local.front_door.routing import Listener, Target, TargetGroup

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

REFRESH_SECONDS = 1
HEALTH_CHECK_TIMEOUT = aiohttp.ClientTimeout(total=3)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Clients for the account and region of the load balancer."""

    elbv2: "ElasticLoadBalancingv2Client"
    acm: "ACMClient"
    secrets: "SecretsManagerClient"


@dataclass(frozen=True, kw_only=True)
class Check:
    """What a health check found, and when on the monotonic clock."""

    at: float
    healthy: bool


@dataclass(kw_only=True)
class View:
    """What is deployed now; the proxy reads it, `follow` keeps it fresh.

    Args:
        clients: Where to read.
        state: The name of the secret with certbot's state.
        session: For the health checks.
    """

    clients: Clients
    state: str
    session: aiohttp.ClientSession
    listener: Listener | None = None
    tls: ssl.SSLContext | None = None
    in_service: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    """By the target group's ARN."""
    _certificate: Certificate | None = None
    _checks: Mapping[Target, Check] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    async def follow(self) -> None:
        """Refresh for ever; what cannot be read leaves the view as it was."""
        while True:
            try:
                said = await self._refresh()
            except (BotoCoreError, ClientError, LookupError, ValueError) as error:
                said = {f"the view stays as it was: {error}"}
            for line in sorted(said - self._said):
                print(line, flush=True)
            self._said = said
            await asyncio.sleep(REFRESH_SECONDS)

    async def _refresh(self) -> set[str]:
        """Read everything once and return lines that describe it."""
        found = await asyncio.to_thread(listener.read, self.clients.elbv2)
        if found is None:
            self.listener = self.tls = self._certificate = None
            return {"no HTTPS listener is deployed"}
        current = await asyncio.to_thread(certificate.read, self.clients.acm, found.certificate_arn)
        if current != self._certificate:
            key = await asyncio.to_thread(
                certificate.find_key, self.clients.secrets, self.state, current
            )
            self.tls = certificate.tls_context(current, key)
            self._certificate = current
        targets = [(group, target) for group in found.groups.values() for target in group.targets]
        checks = await asyncio.gather(*(self._check(group, target) for group, target in targets))
        self._checks = {target: check for (_, target), check in zip(targets, checks, strict=True)}
        in_service = {arn: self._in_service(group) for arn, group in found.groups.items()}
        self.listener, self.in_service = found, in_service
        return {f"certificate: {current}"} | {
            f"{group.name}: {', '.join(map(str, in_service[arn])) or 'no target'}"
            for arn, group in found.groups.items()
        }

    def _in_service(self, group: TargetGroup) -> tuple[Target, ...]:
        healthy = tuple(target for target in group.targets if self._checks[target].healthy)
        # Without any healthy target a load balancer sends requests to all of them ("Health checks
        # for Application Load Balancer target groups").
        return healthy or group.targets

    async def _check(self, group: TargetGroup, target: Target) -> Check:
        """Return a target's state: a healthy one is asked at the group's interval, others always."""
        now = time.monotonic()
        last = self._checks.get(target)
        if last and last.healthy and now < last.at + group.interval_seconds:
            return last
        address = f"{group.scheme}://{target}{group.health_path}"
        try:
            async with self.session.get(
                address, timeout=HEALTH_CHECK_TIMEOUT, allow_redirects=False, ssl=False
            ) as answer:
                return Check(at=now, healthy=group.is_healthy(answer.status))
        except (aiohttp.ClientError, TimeoutError):
            return Check(at=now, healthy=False)
