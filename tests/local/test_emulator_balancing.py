"""The embedded AWS's load balancers ask the targets that a load balancer of AWS would ask."""

import http.client
import json

from tests.local.front_door import target
from tests.support.emulated import Cloud
from tests.support.servers import free_port, wait_until


class Balancer:
    """A load balancer that forwards to one group of targets.

    ministack tells targets apart by their host alone, hence "127.0.0.1" and "localhost" in the tests.
    """

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._port = cloud.port
        self._elb = cloud.client("elbv2")
        group = self._elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
        )["TargetGroups"][0]
        balancer = self._elb.create_load_balancer(Name=name)["LoadBalancers"][0]
        self._group, self._host = group["TargetGroupArn"], balancer["DNSName"]
        self._elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self._group}],
        )

    def register(self, host: str, port: int) -> None:
        self._elb.register_targets(TargetGroupArn=self._group, Targets=[{"Id": host, "Port": port}])

    def deregister(self, host: str) -> None:
        self._elb.deregister_targets(TargetGroupArn=self._group, Targets=[{"Id": host}])

    def states(self) -> dict[str, str]:
        described = self._elb.describe_target_health(TargetGroupArn=self._group)
        return {
            target["Target"]["Id"]: target["TargetHealth"]["State"]
            for target in described["TargetHealthDescriptions"]
        }

    def ask(self) -> tuple[int, str | None]:
        """Ask as a client that knows nothing of AWS: the status, and which target answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        connection.request("GET", "/", headers={"Host": self._host})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content.get("server")

    def asked(self) -> set[str | None]:
        """Which targets answer ten requests."""
        return {self.ask()[1] for _ in range(10)}


def test_only_healthy_targets_are_asked_in_turn(cloud: Cloud) -> None:
    balancer = Balancer(cloud, "in-turn")
    with target("First") as (first, handler), target("Second") as (second, _):
        balancer.register("127.0.0.1", first)
        balancer.register("localhost", second)
        both = {"127.0.0.1": "healthy", "localhost": "healthy"}
        wait_until(lambda: balancer.states() == both, what="both targets are healthy")
        answers = [balancer.ask()[1] for _ in range(4)]
        assert sorted(answers[:2], key=str) == sorted(answers[2:], key=str) == ["First", "Second"]

        handler.healthy = False
        wait_until(
            lambda: balancer.states() == both | {"127.0.0.1": "unhealthy"},
            what="the first is unhealthy",
        )
        assert balancer.asked() == {"Second"}

        handler.healthy = True
        wait_until(lambda: balancer.states() == both, what="the first is healthy again")
        assert balancer.asked() == {"First", "Second"}

        balancer.deregister("localhost")
        assert balancer.states() == {"127.0.0.1": "healthy"}
        assert balancer.asked() == {"First"}


def test_without_any_healthy_target_all_are_asked(cloud: Cloud) -> None:
    balancer = Balancer(cloud, "fail-open")
    assert balancer.ask()[0] == 503
    with (
        target("First", healthy=False) as (first, _),
        target("Second", healthy=False) as (second, _),
    ):
        balancer.register("127.0.0.1", first)
        balancer.register("localhost", second)
        unhealthy = {"127.0.0.1": "unhealthy", "localhost": "unhealthy"}
        wait_until(lambda: balancer.states() == unhealthy, what="both targets are unhealthy")
        assert balancer.asked() == {"First", "Second"}


def test_a_target_that_has_just_ended_costs_no_request(cloud: Cloud) -> None:
    balancer = Balancer(cloud, "just-ended")
    with target("Stays") as (stays, _):
        with target("Ends") as (ends, _):
            balancer.register("127.0.0.1", stays)
            balancer.register("localhost", ends)
            wait_until(
                lambda: set(balancer.states().values()) == {"healthy"}, what="both are healthy"
            )
        assert balancer.asked() == {"Stays"}


def test_a_target_that_cannot_be_reached_is_a_bad_gateway(cloud: Cloud) -> None:
    balancer = Balancer(cloud, "unreachable")
    balancer.register("127.0.0.1", free_port())
    wait_until(lambda: balancer.ask()[0] == 502, what="the balancer gives up")
