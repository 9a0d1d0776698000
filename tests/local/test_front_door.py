"""The front door serves what is deployed, as CloudFront and the load balancer would."""

import http.client
import json
import os
import re
import ssl
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from tests.local.front_door import HOST, MEBIBYTE, Deployment, FrontDoor, forward, on_path, target
from tests.local.servers import PROJECT, Authority, free_port, running, running_aws, wait_until


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    with running_aws() as environment:
        yield environment


@pytest.fixture
def deployment(aws: dict[str, str], request: pytest.FixtureRequest) -> Deployment:
    """Nothing yet, in an account of the test's own."""
    account = f"{zlib.crc32(request.node.name.encode()):012}"
    session = boto3.Session(account, "local", region_name="eu-central-1")
    return Deployment(session=session, endpoint=aws["AWS_ENDPOINT_URL"], authority=Authority())


@pytest.fixture
def front_door(deployment: Deployment) -> Iterator[FrontDoor]:
    port = free_port()
    command = [sys.executable, "-m", "local.front_door", "--port", str(port)]
    credentials = deployment.session.get_credentials()
    assert credentials
    command += ["--endpoint-url", deployment.endpoint, "--account", credentials.access_key or ""]
    with running(command, environment={"PYTHONPATH": str(PROJECT)}, port=port) as process:
        trust = ssl.create_default_context(cadata=deployment.authority.root)
        yield FrontDoor(port=port, pid=process.pid, trust=trust)


def eventually(status: int, of: Callable[[], int | None]) -> None:
    wait_until(lambda: of() == status, what=f"the front door answers {status}")


def test_before_a_listener_is_deployed_no_connection_is_made(front_door: FrontDoor) -> None:
    assert front_door.status() is None


def test_rules_are_followed_by_priority_and_the_default_is_last(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    fixed = {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "no coffee"}
    redirect = {"StatusCode": "HTTP_302", "Path": "/to/#{path}", "Host": "other.localhost"}
    with target("Frontend") as (frontend, _), target("Backend") as (backend, _):
        deployment.listen(
            default=forward(deployment.group("frontend", ("127.0.0.1", frontend))),
            rules=[
                on_path(
                    "/api/*",
                    forward(deployment.group("backend", ("127.0.0.1", backend))),
                    priority=20,
                ),
                on_path(
                    "/api/tea?ot",
                    {"Type": "fixed-response", "FixedResponseConfig": fixed},
                    priority=10,
                ),
                on_path("/moved", {"Type": "redirect", "RedirectConfig": redirect}, priority=30),
            ],
        )
        eventually(200, front_door.status)

        assert json.loads(front_door.request("GET", "/x%2Fy?a=%20b")[1]) | {"headers": {}} == {
            "path": "/x%2Fy?a=%20b",
            "server": "Frontend",
            "headers": {},
        }
        assert json.loads(front_door.request("GET", "/api/x")[1])["server"] == "Backend"
        assert json.loads(front_door.request("GET", "/api")[1])["server"] == "Frontend"
        teapot, body = front_door.request("GET", "/api/teapot")
        assert (teapot.status, body) == (418, b"no coffee")
        moved, _ = front_door.request("GET", "/moved?q=1")
        assert moved.status == 302
        expected = f"https://other.localhost:{front_door.port}/to/moved?q=1"
        assert moved.headers["Location"] == expected


def test_the_target_learns_who_asks(deployment: Deployment, front_door: FrontDoor) -> None:
    with target("Frontend") as (port, _):
        deployment.listen(default=forward(deployment.group("web", ("127.0.0.1", port))))
        eventually(200, front_door.status)

        headers = json.loads(front_door.request("GET", "/")[1])["headers"]

    assert headers == {
        "Host": f"{HOST}:{front_door.port}",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": str(front_door.port),
    }


def test_large_bodies_pass_unchanged_in_little_memory(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    with target("Backend") as (port, _):
        deployment.listen(default=forward(deployment.group("web", ("127.0.0.1", port))))
        eventually(200, front_door.status)
        before = peak_memory_mebibytes(front_door.pid)
        content = os.urandom(50 * MEBIBYTE)

        response, echoed = front_door.request("POST", "/", content)

        assert (response.status, echoed == content) == (201, True)
        assert len(front_door.request("GET", "/big")[1]) == 50 * MEBIBYTE
        assert peak_memory_mebibytes(front_door.pid) - before < 16


def peak_memory_mebibytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def test_half_an_answer_does_not_look_whole(deployment: Deployment, front_door: FrontDoor) -> None:
    with target("Backend") as (port, _):
        deployment.listen(default=forward(deployment.group("web", ("127.0.0.1", port))))
        eventually(200, front_door.status)

        with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
            front_door.request("GET", "/half")


def test_a_connection_serves_several_requests(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    with target("Frontend") as (port, _):
        deployment.listen(default=forward(deployment.group("web", ("127.0.0.1", port))))
        eventually(200, front_door.status)
        connection = front_door.connect()
        for path in ("/1", "/2", "/3"):
            connection.request("GET", path)
            assert json.loads(connection.getresponse().read())["path"] == path
        connection.close()


def test_without_a_target_the_answer_is_503(deployment: Deployment, front_door: FrontDoor) -> None:
    deployment.listen(default=forward(deployment.group("web")))

    eventually(503, front_door.status)


def test_without_a_target_that_can_be_reached_the_answer_is_502(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    deployment.listen(default=forward(deployment.group("web", ("127.0.0.1", free_port()))))

    eventually(502, front_door.status)


def test_only_healthy_targets_are_asked_in_turn(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    with target("First") as (first, handler), target("Second") as (second, _):
        # The emulator tells targets apart by their address alone.
        group = deployment.group("web", ("127.0.0.1", first), ("localhost", second))
        deployment.listen(default=forward(group))
        eventually(200, front_door.status)
        assert servers(front_door) == {"First", "Second"}

        handler.healthy = False
        wait_until(lambda: servers(front_door) == {"Second"}, what="the first is left alone")

        handler.healthy = True
        wait_until(lambda: servers(front_door) == {"First", "Second"}, what="the first is back")


def servers(front_door: FrontDoor) -> set[str]:
    return {json.loads(front_door.request("GET", "/")[1])["server"] for _ in range(4)}


def test_a_target_that_has_just_ended_costs_no_request(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    with target("Stays") as (stays, _):
        with target("Ends") as (ends, _):
            group = deployment.group("web", ("127.0.0.1", stays), ("localhost", ends))
            deployment.listen(default=forward(group))
            eventually(200, front_door.status)
        assert {front_door.status() for _ in range(10)} == {200}


def test_a_renewed_certificate_is_served_without_a_restart(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    arn = deployment.listen(default=forward(deployment.group("web")))
    eventually(503, front_door.status)
    old = front_door.connect()
    serial = front_door.serial()

    deployment.import_certificate(arn)

    wait_until(lambda: front_door.serial() != serial, what="the new certificate is served")
    old.request("GET", "/")
    assert old.getresponse().status == 503
    old.close()


def test_a_certificate_whose_key_is_unknown_is_not_served(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    arn = deployment.listen(default=forward(deployment.group("web")))
    eventually(503, front_door.status)
    serial = front_door.serial()

    deployment.import_certificate(arn, save_key=False)
    deployment.client("elbv2").describe_load_balancers()

    assert {front_door.serial() for _ in range(30)} == {serial}
