"""A wrong token and a missing image are named, with the remedy, before anything waits for them."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preflight import images, registry
from preflight.errors import PreflightError
from preflight.login import Login, LoginError
from preflight.registry import Registry
from preflight.requests import ImagesInRegistry
from tests.lambdas.gate import Forward, Gate, Request, Response
from tests.lambdas.registries import (
    IMAGES,
    PROJECT,
    TOKEN,
    USER,
    Tls,
    push,
    running_distribution,
    running_gitlab,
)
from tests.support.servers import free_port

VERSION = ImagesInRegistry(
    host="asked by the client",
    project=PROJECT,
    images=dict.fromkeys(IMAGES, "1.0.0"),
    credentials_arn="read by the handler",
    token_key="accessToken",  # noqa: S106 - a name
    token_parameter="instandt-prod-secrets:GitLabAccessToken",  # noqa: S106 - a name
)

LOGIN = Login(username=USER, token=TOKEN)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _trusting(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.root))
    monkeypatch.setattr(registry.time, "sleep", lambda _: None)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def gitlab(tls: Tls) -> Iterator[str]:
    with running_gitlab(tls) as host:
        yield host


@pytest.fixture(scope="module")
def distribution(tls: Tls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_distribution(tls, tmp_path_factory.mktemp("distribution")) as host:
        yield host


@pytest.fixture(params=["gitlab", "distribution"])
def client(request: pytest.FixtureRequest) -> Registry:
    """A user with the right token, of a registry with Bearer and of one with Basic challenges."""
    return Registry(host=request.getfixturevalue(request.param), login=LOGIN)


def refused(check: Any, wanted: ImagesInRegistry, client: Registry) -> str:  # noqa: ANN401 - a function
    with pytest.raises(PreflightError) as caught:
        check(wanted, registry=client)
    message = str(caught.value)
    assert client.login.token not in message
    return message


def test_who_may_pull_is_let_through(client: Registry) -> None:
    images.check_access(VERSION, registry=client)
    images.check_available(VERSION, registry=client)


@pytest.mark.parametrize("check", [images.check_access, images.check_available])
def test_a_wrong_token_is_named_with_the_remedy(client: Registry, check: object) -> None:
    message = refused(check, VERSION, replace(client, login=replace(LOGIN, token="placeholder")))  # noqa: S106
    for part in (
        f'registry {client.host} refuses the user "{USER}"',
        f"401 Unauthorized for {PROJECT}/backend",
        "read_registry",
        "--parameters instandt-prod-secrets:GitLabAccessToken=TOKEN",
    ):
        assert part in message


def test_a_right_token_without_access_to_the_project_is_refused(gitlab: str) -> None:
    client = Registry(host=gitlab, login=LOGIN)
    message = refused(images.check_access, replace(VERSION, project="somebody/else"), client)
    assert "403 Forbidden for somebody/else/frontend" in message
    assert "may read the project somebody/else" in message


def test_a_project_that_does_not_exist_is_no_matter_of_the_token(distribution: str) -> None:
    client = Registry(host=distribution, login=LOGIN)
    message = refused(images.check_access, replace(VERSION, project="some/typo"), client)
    assert "404 Not Found for some/typo/frontend" in message
    assert "registry.project" in message


def test_missing_images_are_named_together(client: Registry) -> None:
    wanted = {"frontend": "1.0.0", "backend": "9-missing", "migration": "9-missing"}
    message = refused(images.check_available, replace(VERSION, images=wanted), client)
    assert f"{PROJECT}/backend:9-missing" in message
    assert f"{PROJECT}/migration:9-missing" in message
    assert "frontend" not in message
    assert "app_version" in message


def test_an_image_is_found_by_its_digest(distribution: str, tls: Tls) -> None:
    client = Registry(host=distribution, login=LOGIN)
    digest = push(distribution, tls, f"{PROJECT}/frontend", "2.0.0")
    images.check_available(replace(VERSION, images={"frontend": digest}), registry=client)
    other = f"sha256:{'0' * 64}"
    message = refused(images.check_available, replace(VERSION, images={"frontend": other}), client)
    assert f"frontend@{other}" in message


def test_a_registry_that_comes_back_is_waited_for(
    tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    tried, up, done = threading.Event(), threading.Event(), threading.Event()

    def come_back() -> None:
        tried.wait(10)
        with running_gitlab(tls, port=port):
            up.set()
            done.wait(10)

    def sleep(_: float) -> None:
        tried.set()
        up.wait(10)

    monkeypatch.setattr(registry.time, "sleep", sleep)  # type: ignore[attr-defined]
    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        client = Registry(host=f"127.0.0.1:{port}", login=LOGIN)
        images.check_access(VERSION, registry=client)
        assert tried.is_set()
    finally:
        done.set()
        thread.join()


def test_a_registry_that_stays_away_is_named() -> None:
    client = Registry(host=f"127.0.0.1:{free_port()}", login=LOGIN)
    message = refused(images.check_access, VERSION, client)
    assert f"{client.host} cannot be used: " in message
    assert "Connection refused" in message
    assert "registry.host" in message


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_registry_is_asked_again(gitlab: str, tls: Tls, status: int) -> None:
    with _gate(gitlab, tls) as gate:
        client = Registry(host=gate.url.removeprefix("https://"), login=LOGIN)
        answers = iter([status, status])

        def busy(request: Request, forward: Forward) -> Response:
            if code := next(answers, 0):
                return Response(status=code, body=b"")
            return forward(request)

        gate.intercept = busy
        images.check_access(VERSION, registry=client)
        gate.intercept = lambda *_: Response(status=status, body=b"")
        assert f"it answers {status} " in refused(images.check_access, VERSION, client)


def test_the_token_goes_nowhere_without_tls(gitlab: str, tls: Tls) -> None:
    with _gate(gitlab, tls) as gate:
        client = Registry(host=gate.url.removeprefix("https://"), login=LOGIN)
        challenge = {"WWW-Authenticate": 'Bearer realm="http://127.0.0.1/token",service="x"'}
        gate.intercept = lambda *_: Response(status=401, body=b"", headers=challenge)
        assert "not https" in refused(images.check_access, VERSION, client)
        assert not [r for r in gate.requests if "Authorization" in r.headers]


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b'{"token": 7}', b'{"token": "granted\\nX: y"}']
)
def test_an_answer_that_is_no_token_is_refused_and_not_repeated(
    gitlab: str, tls: Tls, body: bytes
) -> None:
    with _gate(gitlab, tls) as gate:
        client = Registry(host=gate.url.removeprefix("https://"), login=LOGIN)
        challenge = {"WWW-Authenticate": f'Bearer realm="{gate.url}/token",service="x"'}
        gate.intercept = lambda request, _: (
            Response(status=200, body=body)
            if request.path.startswith("/token")
            else Response(status=401, body=b"", headers=challenge)
        )
        message = refused(images.check_access, VERSION, client)
        assert "something else than a token" in message
        assert "granted" not in message


def test_a_redirect_does_not_take_the_token_along(gitlab: str, tls: Tls) -> None:
    with _gate(gitlab, tls) as gate, _gate(gitlab, tls) as elsewhere:
        client = Registry(host=gate.url.removeprefix("https://"), login=LOGIN)

        def redirect(request: Request, _: Forward) -> Response:
            if "Authorization" in request.headers:
                return Response(
                    status=307, body=b"", headers={"Location": f"{elsewhere.url}{request.path}"}
                )
            return Response(status=401, body=b"", headers={"WWW-Authenticate": "Basic realm=x"})

        gate.intercept = redirect
        elsewhere.intercept = lambda *_: Response(status=200, body=b"")
        images.check_access(VERSION, registry=client)
        assert len(elsewhere.requests) == len(IMAGES)
        assert not [r for r in elsewhere.requests if "Authorization" in r.headers]


def test_the_secret_is_read_in_both_its_forms() -> None:
    for key in ("accessToken", "password"):
        read = Login.read(f'{{"username": "u", "{key}": "t0ken"}}', token_key=key)
        assert (read.username, read.token) == ("u", "t0ken")
        assert "t0ken" not in repr(read)
    for text in ("t0ken", '{"token": "t0ken"}', '["t0ken"]'):
        with pytest.raises(LoginError) as caught:
            Login.read(text, token_key="accessToken")  # noqa: S106 - a name
        assert "t0ken" not in str(caught.value)


def _gate(host: str, tls: Tls) -> Gate:
    return Gate(
        url=f"https://{host}", ca_bundle=Path(tls.root), certificate=tls.certificate, key=tls.key
    )


def test_attempts_pause_longer_and_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    client = Registry(host=f"127.0.0.1:{free_port()}", login=LOGIN)
    refused(images.check_access, VERSION, client)
    assert pauses == [1, 2, 4, 8]
