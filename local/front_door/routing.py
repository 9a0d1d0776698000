"""What a load balancer decides about a request, as values without any input or output.

Source of the rules: "Listener rules for your Application Load Balancer", Elastic Load Balancing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Request:
    """The parts of a request that rules look at."""

    host: str
    path: str
    query: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Hand the request to a target of a group."""

    group_arn: str


@dataclass(frozen=True, kw_only=True)
class FixedResponse:
    """Answer without any target."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Send the client elsewhere; the texts may hold `#{host}`, `#{path}` and so on."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str

    def location(self, request: Request) -> str:
        """Return the address that the client is sent to."""
        values = {
            "protocol": "https",
            "host": request.host.partition(":")[0],
            "port": str(request.port),
            "path": request.path.removeprefix("/"),
            "query": request.query,
        }

        def filled(text: str) -> str:
            return re.sub(r"#\{(\w+)\}", lambda match: values[match[1]], text)

        query = filled(self.query)
        address = f"{filled(self.protocol).lower()}://{filled(self.host)}:{filled(self.port)}"
        return f"{address}{filled(self.path)}{'?' if query else ''}{query}"


Action = Forward | FixedResponse | Redirect


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A field of the request must match one of the patterns, with the wildcards `*` and `?`."""

    field: Literal["path-pattern", "host-header"]
    patterns: tuple[str, ...]

    def matches(self, request: Request) -> bool:
        """Whether the request meets the condition."""
        if self.field == "host-header":
            # Names of hosts know no upper case.
            value = request.host.partition(":")[0].lower()
            patterns = tuple(pattern.lower() for pattern in self.patterns)
        else:
            value, patterns = request.path, self.patterns
        return any(_wildcard(pattern).fullmatch(value) for pattern in patterns)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An action and the conditions that must all be met for it; the default rule has none."""

    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a container listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """Containers that do the same, and how to see whether one works."""

    name: str
    scheme: str
    health_path: str
    healthy_codes: str
    """As in the group's matcher: `200`, `200,302` or `200-299`."""
    interval_seconds: int
    targets: tuple[Target, ...]

    def is_healthy(self, status: int) -> bool:
        """Whether a health check's answer is a good one."""
        ranges = [part.partition("-") for part in self.healthy_codes.split(",")]
        return any(int(low) <= status <= int(high or low) for low, _, high in ranges)


@dataclass(frozen=True, kw_only=True)
class Listener:
    """An HTTPS listener with everything that hangs on it."""

    certificate_arn: str
    rules: tuple[Rule, ...]
    """By priority, the default rule last."""
    groups: Mapping[str, TargetGroup]

    def action(self, request: Request) -> Action:
        """Return what the first matching rule says."""
        return next(
            rule.action
            for rule in self.rules
            if all(condition.matches(request) for condition in rule.conditions)
        )


def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))
