"""The front door serves what is deployed, as CloudFront and the load balancer would.

Which targets are asked is a matter of the emulated load balancer: test_emulator_balancing.
"""

import concurrent.futures
import http.client
import json
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.local.front_door import (
    HOST,
    INTERNAL_HOST,
    MEBIBYTE,
    Deployment,
    Echo,
    FrontDoor,
    forward,
    on_path,
    target,
)
from tests.support.emulated import Cloud
from tests.support.servers import free_port, wait_until


@pytest.fixture
def deployment(cloud: Cloud) -> Iterator[Deployment]:
    """What a test deploys; nothing yet."""
    deployment = Deployment(cloud)
    yield deployment
    deployment.delete()


@pytest.fixture
def front_door(cloud: Cloud, deployment: Deployment) -> FrontDoor:
    trust = ssl.create_default_context(cadata=deployment.authority.cert_pem.bytes().decode())
    return FrontDoor(port=cloud.options.front_door_port, trust=trust)


@pytest.fixture
def echo(deployment: Deployment, front_door: FrontDoor) -> Iterator[type[Echo]]:
    """The one target behind the front door."""
    with target("Echo") as (port, handler):
        deployment.listen(default=forward(deployment.group(("127.0.0.1", port))))
        eventually(200, front_door.status)
        yield handler


def eventually(status: int, of: Callable[[], int | None]) -> None:
    wait_until(lambda: of() == status, what=f"the front door answers {status}")


def test_before_a_listener_is_deployed_no_connection_is_made(front_door: FrontDoor) -> None:
    assert front_door.status() is None


def test_rules_are_followed_by_priority_and_the_default_is_last(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    fixed = {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "no coffee"}
    redirect = {"StatusCode": "HTTP_302", "Path": "/to/#{path}", "Host": "other.localhost"}
    teapot = {"Type": "fixed-response", "FixedResponseConfig": fixed}
    with target("Frontend") as (frontend, _), target("Backend") as (backend, _):
        api = forward(deployment.group(("127.0.0.1", backend)))
        deployment.listen(
            default=forward(deployment.group(("127.0.0.1", frontend))),
            rules=[
                on_path("/api/*", api, priority=20),
                on_path("/api/tea?ot", teapot, priority=10),
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
        answer, body = front_door.request("GET", "/api/teapot")
        assert (answer.status, body) == (418, b"no coffee")
        moved, _ = front_door.request("GET", "/moved?q=1")
        assert moved.status == 302
        assert moved.headers["Location"] == "https://other.localhost:443/to/moved?q=1"


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("host", [HOST, INTERNAL_HOST])
def test_the_target_learns_who_asks_for_what(front_door: FrontDoor, host: str) -> None:
    headers = json.loads(front_door.request("GET", "/", host=host)[1])["headers"]
    received = {name.title(): value for name, value in headers.items()}

    assert received.pop("X-Amzn-Trace-Id").startswith("Root=1-")
    assert received == {
        # Without the port that the client named, as for a listener on port 443 of AWS.
        "Host": host,
        "Accept-Encoding": "identity",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "443",
    }


@pytest.mark.usefixtures("echo")
def test_a_target_that_ends_its_connection_does_not_end_the_clients(front_door: FrontDoor) -> None:
    response, _ = front_door.request("GET", "/")
    assert not response.will_close


@pytest.mark.usefixtures("echo")
def test_large_bodies_pass_unchanged_and_large_answers_in_little_memory(
    cloud: Cloud, front_door: FrontDoor
) -> None:
    before = peak_memory_mebibytes(cloud.process_id)
    assert len(front_door.request("GET", "/big")[1]) == 50 * MEBIBYTE
    assert peak_memory_mebibytes(cloud.process_id) - before < 16

    content = os.urandom(50 * MEBIBYTE)
    response, echoed = front_door.request("POST", "/", content)
    assert (response.status, echoed == content) == (201, True)


def peak_memory_mebibytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def test_an_answer_is_passed_on_while_it_is_made(echo: type[Echo], front_door: FrontDoor) -> None:
    connection = front_door.connect()
    connection.request("GET", "/two-parts")
    response = connection.getresponse()
    assert response.read(5) == b"first"
    echo.go_on.set()
    assert response.read() == b"later"
    connection.close()


@pytest.mark.usefixtures("echo")
def test_a_slow_upload_is_not_cut(deployment: Deployment, front_door: FrontDoor) -> None:
    deployment.set_idle_timeout(1)
    connection = front_door.connect()
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "4")
    connection.endheaders()
    for byte in (b"s", b"l", b"o", b"w"):
        time.sleep(0.8)  # More than the idle timeout altogether, less at a time.
        connection.send(byte)
    response = connection.getresponse()
    assert (response.status, response.read()) == (201, b"slow")
    connection.close()


def test_an_upload_that_breaks_off_reaches_no_target(
    echo: type[Echo], front_door: FrontDoor
) -> None:
    connection = front_door.connect()
    connection.putrequest("POST", "/broken-off")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"4\r\nhalf\r\n")
    time.sleep(0.5)  # A connection that is closed at once may take what was sent with it.
    connection.close()
    time.sleep(0.5)
    front_door.request("POST", "/whole", b"x")
    assert echo.uploads == ["POST /whole HTTP/1.1"]


@pytest.mark.usefixtures("echo")
def test_half_an_answer_does_not_look_whole(front_door: FrontDoor) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
        front_door.request("GET", "/half")


@pytest.mark.usefixtures("echo")
def test_a_connection_serves_several_requests(front_door: FrontDoor) -> None:
    connection = front_door.connect()
    for path in ("/1", "/2", "/3"):
        connection.request("GET", path)
        assert json.loads(connection.getresponse().read())["path"] == path
    connection.close()


def test_many_clients_are_served_at_once(echo: type[Echo], front_door: FrontDoor) -> None:
    """A page asks the API through the front door while it is made: nobody may wait for it in vain."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(front_door.request, "GET", "/two-parts") for _ in range(16)]
        assert front_door.status("/api") == 200
        echo.go_on.set()
        assert [answer.result()[1] for answer in waiting] == [b"firstlater"] * 16


def test_without_a_target_the_answer_is_503(deployment: Deployment, front_door: FrontDoor) -> None:
    deployment.listen(default=forward(deployment.group()))

    eventually(503, front_door.status)


def test_without_a_target_that_can_be_reached_the_answer_is_502(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    deployment.listen(default=forward(deployment.group(("127.0.0.1", free_port()))))

    eventually(502, front_door.status)


@pytest.mark.usefixtures("echo")
def test_a_target_slower_than_the_idle_timeout_is_a_504(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    deployment.set_idle_timeout(1)
    assert front_door.status("/slow") == 504


def test_a_renewed_certificate_is_served_without_a_restart(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    arn = deployment.listen(default=forward(deployment.group()))
    eventually(503, front_door.status)
    old = front_door.connect()
    serial = front_door.serial()

    deployment.import_certificate(arn)

    assert front_door.serial() != serial
    old.request("GET", "/")
    assert old.getresponse().status == 503
    old.close()


def test_a_certificate_whose_key_does_not_fit_is_not_served(
    deployment: Deployment, front_door: FrontDoor
) -> None:
    arn = deployment.listen(default=forward(deployment.group()))
    eventually(503, front_door.status)
    serial = front_door.serial()

    deployment.import_certificate(arn, key=deployment.authority.issue_cert(HOST))

    assert front_door.serial() == serial
