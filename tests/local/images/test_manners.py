"""Images with other manners than the stand-ins' usual ones: each works with a setting, or names it."""

import http.client
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from instandt_cdk.settings import (
    BackendSettings,
    DatabaseSettings,
    FrontendSettings,
    ServiceSettings,
)
from local.images.server import HEALTHY_ANSWERS
from migration import report
from migration.outcome import Outcome
from migration.redaction import presentable
from tests.local.images.services import Service, backend_environment, frontend_environment, image
from tests.support.emulated import Cloud
from tests.support.servers import (
    Authority,
    PostgreSQL,
    answers,
    free_port,
    migrate,
    running_postgresql,
    wait_until,
)


def explained(postgresql: PostgreSQL, version: str) -> str:
    """What the operator reads about a migration that fails."""
    done = migrate(postgresql, version)
    assert done.returncode != 0
    outcome = Outcome(exit_code=done.returncode, reason="", task_id="1", has_error=True)
    lines = (done.stdout + done.stderr).splitlines()
    return report.explain(outcome, log=[presentable(line) for line in lines])


@pytest.fixture(scope="module")
def lenient(authority: Authority) -> Iterator[PostgreSQL]:
    """PostgreSQL with `database.require_tls = false`."""
    with running_postgresql(authority, force_tls=False) as server:
        yield server


def test_a_migration_without_tls_names_the_setting_and_works_with_it(
    postgresql: PostgreSQL, lenient: PostgreSQL
) -> None:
    assert DatabaseSettings().require_tls
    assert "Set database.require_tls = false" in explained(postgresql, "1.0.0-plain")
    lenient.recreate()
    assert migrate(lenient, "1.0.0-plain").returncode == 0


def test_a_migration_of_another_database_names_the_setting_and_works_with_it(
    postgresql: PostgreSQL,
) -> None:
    assert "Set database.name to the database" in explained(postgresql, "1.0.0-ndt")
    connection = postgresql.connect("postgres")
    connection.run("DROP DATABASE IF EXISTS ndt")
    connection.run("CREATE DATABASE ndt")
    connection.close()
    assert migrate(postgresql, "1.0.0-ndt").returncode == 0


def test_a_failure_of_another_kind_names_no_setting(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")
    assert "Set " not in explained(postgresql, "2.0.0-broken")


def test_a_chatty_migration_gives_nothing_away(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")
    message = explained(postgresql, "2.0.0-chatty-broken")
    assert "the database is as it was" in message
    assert postgresql.password not in message
    assert "\x1b" not in message
    assert "\u202e" not in message
    message.encode()


class Balancer:
    """Health checks of a load balancer with the settings of a service."""

    def __init__(self, cloud: Cloud, service: Service) -> None:
        self._elb = cloud.client("elbv2")
        self._port = service.port

    def state(self, settings: ServiceSettings) -> str:
        """What it says of the service as soon as it has asked."""
        group = self._elb.create_target_group(
            Name=f"manners-{free_port()}",
            Protocol="HTTP",
            Port=80,
            TargetType="ip",
            HealthCheckPath=settings.health_path,
            Matcher={"HttpCode": settings.health_codes},
        )["TargetGroups"][0]["TargetGroupArn"]
        self._elb.register_targets(
            TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": self._port}]
        )

        def found() -> str:
            (target,) = self._elb.describe_target_health(TargetGroupArn=group)[
                "TargetHealthDescriptions"
            ]
            return str(target["TargetHealth"]["State"])

        wait_until(lambda: found() != "initial", what="the target has been asked")
        return found()


def test_a_frontend_that_redirects_to_a_login_is_healthy_by_default(
    cloud: Cloud, authority: Authority, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_text(authority.root)
    environment = frontend_environment(free_port(), root) | {"IMAGE_TAG": "1.0.0-login"}
    with image("frontend", environment) as frontend:
        assert frontend.request("GET", "/")[0] == 302
        balancer = Balancer(cloud, frontend)
        assert balancer.state(FrontendSettings()) == "healthy"
        assert balancer.state(FrontendSettings(health_codes="200")) == "unhealthy"
        login = FrontendSettings(health_path="/login", health_codes="200")
        assert balancer.state(login) == "healthy"


def test_a_backend_with_another_health_path_needs_the_setting(
    cloud: Cloud, postgresql: PostgreSQL, aws: dict[str, str]
) -> None:
    migrate(postgresql, "1.0.0")
    environment = backend_environment(postgresql, aws) | {"IMAGE_TAG": "1.0.0-healthz"}
    with image("backend", environment) as backend:
        balancer = Balancer(cloud, backend)
        assert balancer.state(BackendSettings()) == "unhealthy"
        assert balancer.state(BackendSettings(health_path="/healthz")) == "healthy"


def test_a_backend_that_buffers_ends_after_its_uploads(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    migrate(postgresql, "1.0.0")
    environment = backend_environment(postgresql, {}) | {
        "IMAGE_TAG": "1.0.0-buffering",
        "STORAGE_MODE": "local",
        "IMAGE_DATA_DIRECTORY": str(tmp_path),
    }
    head = (
        b"POST /api/media HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
    )
    with (
        image("backend", environment) as backend,
        socket.create_connection(("127.0.0.1", backend.port)) as client,
    ):
        client.sendall(head)
        answer = client.makefile("rb")
        assert [answer.readline(), answer.readline()] == [b"HTTP/1.1 100 Continue\r\n", b"\r\n"]
        client.sendall(b"01234")
        backend.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not answers(backend.port), what="no new connection is taken")
        assert not any(path.is_file() for path in tmp_path.rglob("*"))
        client.sendall(b"56789")
        assert answer.readline() == b"HTTP/1.1 201 Created\r\n"
        assert backend.process.wait(timeout=10) == 0
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("manner", "end"), [("sick", "500"), ("hanging", "timed out"), ("crashing", "no answer")]
)
def test_a_version_is_healthy_at_first(
    authority: Authority, tmp_path: Path, manner: str, end: str
) -> None:
    root = tmp_path / "root.pem"
    root.write_text(authority.root)
    environment = frontend_environment(free_port(), root) | {"IMAGE_TAG": f"2.0.0-{manner}"}
    with image("frontend", environment) as frontend:
        for _ in range(HEALTHY_ANSWERS):
            assert frontend.request("GET", "/")[0] == 200
        assert _answer(frontend.port, "/other") == end
        if manner == "sick":
            assert _answer(frontend.port, "/") == "200"
        frontend.process.kill()


def _answer(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return str(connection.getresponse().status)
    except TimeoutError:
        return "timed out"
    except (http.client.HTTPException, OSError):
        return "no answer"
    finally:
        connection.close()
