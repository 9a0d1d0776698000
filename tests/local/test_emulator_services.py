"""The embedded AWS runs services as ECS would: without a gap, back from what fails, and until it ends."""

import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.local.service_stack import service
from tests.support.emulated import Cloud, running_cloud
from tests.support.servers import wait_until


class Visitor:
    """Asks every healthy target again and again, as a load balancer that looks each time."""

    def __init__(self, cloud: Cloud, group: str) -> None:
        self._balancing = cloud.client("elbv2")
        self._group = group
        self._stopped = threading.Event()
        self.answers: list[str] = []
        self.failures: list[str] = []

    def healthy_ports(self) -> list[int]:
        described = self._balancing.describe_target_health(TargetGroupArn=self._group)
        return [
            description["Target"]["Port"]
            for description in described["TargetHealthDescriptions"]
            if description["TargetHealth"]["State"] == "healthy"
        ]

    def visit(self) -> None:
        ports = self.healthy_ports()
        if not ports:
            self.failures.append("no healthy target")
        for port in ports:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    self.answers.append(answer.read().decode())
            except (urllib.error.URLError, OSError) as error:
                self.failures.append(f"{port}: {error}")

    @contextmanager
    def visiting(self) -> Iterator[None]:
        def visit_until_stopped() -> None:
            while not self._stopped.is_set():
                self.visit()

        thread = threading.Thread(target=visit_until_stopped)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


def test_a_service_rolls_without_a_gap_and_rolls_back_what_does_not_start(cloud: Cloud) -> None:
    created = cloud.apply("service", service("1.0.0"))
    assert created["StackStatus"] == "CREATE_COMPLETE", cloud.failures("service")
    visitor = Visitor(cloud, cloud.outputs("service")["Targets"])
    assert len(visitor.healthy_ports()) == 2
    with visitor.visiting():
        updated = cloud.apply("service", service("2.0.0"))
        assert updated["StackStatus"] == "UPDATE_COMPLETE", cloud.failures("service")
        wait_until(lambda: visitor.answers[-1].startswith("2.0.0"), what="the new version answers")
        refused = cloud.apply("service", service("broken"))
    assert refused["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Circuit Breaker was triggered" in reason for reason in cloud.failures("service"))
    assert not visitor.failures
    assert set(visitor.answers) == {"1.0.0 geheim", "2.0.0 geheim"}
    assert visitor.answers[-1] == "2.0.0 geheim"
    last_port = visitor.healthy_ports()[0]
    cloud.delete("service")
    wait_until(lambda: not accepts(last_port), what="the container is gone")


def test_a_first_version_that_does_not_start_fails_its_stack(cloud: Cloud) -> None:
    created = cloud.apply("broken", service("broken"))
    assert created["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("Circuit Breaker was triggered" in reason for reason in cloud.failures("broken"))
    cloud.delete("broken")
    repaired = cloud.apply("broken", service("1.0.0"))
    assert repaired["StackStatus"] == "CREATE_COMPLETE", cloud.failures("broken")


def test_a_service_is_complete_when_its_targets_are_healthy(cloud: Cloud) -> None:
    token_service = cloud.client("sts")
    durations = []
    thread = threading.Thread(target=cloud.apply, args=("slow", service("slow")))
    thread.start()
    while thread.is_alive():
        asked = time.monotonic()
        token_service.get_caller_identity()
        durations.append(time.monotonic() - asked)
    assert len(Visitor(cloud, cloud.outputs("slow")["Targets"]).healthy_ports()) == 2
    assert max(durations) < 2, "AWS does not answer while a service starts"


def test_nothing_outlives_an_emulator_that_is_killed(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as cloud:
        cloud.apply("service", service("1.0.0"))
        ports = Visitor(cloud, cloud.outputs("service")["Targets"]).healthy_ports()
        assert len(ports) == 2
        os.kill(cloud.process_id, signal.SIGKILL)
        wait_until(lambda: not any(map(accepts, ports)), what="the containers are gone")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
