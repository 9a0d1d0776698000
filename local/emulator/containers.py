"""A stand-in for the docker client: ECS containers as child processes on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from local.emulator import hooks, processes
from local.emulator.addresses import SHIM

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from local.emulator.addresses import Addresses
    from local.emulator.hooks import Untyped
    from local.emulator.options import Options
    from local.emulator.processes import Processes

PROJECT = Path(__file__).parents[2]
_LOG_POLL_SECONDS = 0.05
_LOG_GRACE_SECONDS = 2.0
DRAIN_SECONDS = 2.0
"""A container that serves is told to stop this long after its target was deregistered, as connections
drain (ELB, "Deregistration delay")."""


class NotFoundError(LookupError):
    """No such container, or no program stands in for the image."""


@dataclass(eq=False)
class Container:
    """One child process, in the words of the docker client's Container."""

    process: subprocess.Popen[bytes]
    log: Path
    name: str
    port: int | None
    """Where it listens on 127.0.0.1, or None when its definition maps no port."""
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    followed: bool = False
    """Whether somebody forwards the log: the container counts as exited only after the last line."""

    def __post_init__(self) -> None:
        self._forwarded = threading.Event()
        self._ended_at: float | None = None

    @property
    def attrs(self) -> dict[str, Any]:
        """What `docker inspect` shows of the network."""
        return {"NetworkSettings": {"Networks": {"local": {"IPAddress": "127.0.0.1"}}}}

    @property
    def status(self) -> str:
        """Either "running" or "exited"."""
        if self.process.poll() is None:
            return "running"
        self._ended_at = self._ended_at or time.monotonic()
        late = time.monotonic() - self._ended_at > _LOG_GRACE_SECONDS
        return "exited" if not self.followed or self._forwarded.is_set() or late else "running"

    def reload(self) -> None:
        """Do nothing: what is shown is always current."""

    def wait(self) -> dict[str, int]:
        """The exit code as docker reports it: 128 + n when a signal n ended the process."""
        code = self.process.wait()
        return {"StatusCode": 128 - code if code < 0 else code}

    def logs(self, **_options: object) -> Iterator[bytes]:
        """The lines of stdout and stderr, until the process has ended and all were read."""
        with self.log.open("rb") as log:
            while True:
                ended = self.process.poll() is not None
                if lines := self._complete_lines(log, ended=ended):
                    yield lines
                elif ended:
                    break
                else:
                    time.sleep(_LOG_POLL_SECONDS)
        self._forwarded.set()

    @staticmethod
    def _complete_lines(log: IO[bytes], *, ended: bool) -> bytes:
        """What was written since the last call, without a line that is still being written."""
        start = log.tell()
        text = log.read()
        if not ended:
            text = text[: text.rfind(b"\n") + 1]
            log.seek(start + len(text))
        return text

    def stop(self, timeout: float = 10) -> None:
        """Begin to stop: let connections drain when it serves, then SIGTERM, then SIGKILL."""

        def end() -> None:
            if self.port:
                time.sleep(DRAIN_SECONDS)
            processes.stop(self.process, timeout_seconds=timeout)

        threading.Thread(target=end, daemon=True, name=f"stop-{self.name}").start()

    def remove(self, **_options: object) -> None:
        """Keep the log; a process that is being stopped ends by itself."""


class Runtime:
    """The docker client: `containers` and `images` are the runtime itself."""

    def __init__(self, options: Options, children: Processes, addresses: Addresses) -> None:
        self._options = options
        self._children = children
        self._addresses = addresses
        self._by_id: dict[str, Container] = {}
        self._logs = options.directory / "containers"
        self._logs.mkdir(parents=True, exist_ok=True)

    @property
    def containers(self) -> Runtime:
        """The client's collection of containers."""
        return self

    @property
    def images(self) -> Runtime:
        """The client's collection of images."""
        return self

    def get(self, identifier: str) -> Container:
        """The container of that id.

        Raises:
            NotFoundError: there is none.
        """
        try:
            return self._by_id[identifier]
        except KeyError:
            raise NotFoundError(f"no such container: {identifier}") from None

    def list(self, **_filters: object) -> list[Container]:
        """Every container that was started."""
        return [*self._by_id.values()]

    def pull(self, image: str, **_options: object) -> None:
        """Check that a program stands in for the image.

        Raises:
            NotFoundError: none does.
        """
        self._program(image)

    def run(self, image: str, *, definition: dict[str, Any], **options: Untyped) -> Container:
        """Start the program that stands in for the image.

        Raises:
            NotFoundError: there is no such program.
        """
        program = self._program(image)
        port = free_port() if definition.get("portMappings") else None
        environment = self._environment(image, options["environment"], port)
        log_path = self._logs / f"{options['name']}.log"
        with log_path.open("wb") as log:
            process = self._children.start(
                [sys.executable, "-m", program, *(options.get("command") or [])],
                environment=environment,
                directory=PROJECT,
                output=log,
            )
        container = Container(process=process, log=log_path, name=definition["name"], port=port)
        self._by_id[container.id] = container
        return container

    def _program(self, image: str) -> str:
        program = f"{self._options.images}.{named(image)[0]}"
        if importlib.util.find_spec(program) is None:
            raise NotFoundError(f"no program stands in for the image {image}: write {program}")
        return program

    def _environment(
        self, image: str, container: dict[str, str], port: int | None
    ) -> dict[str, str]:
        """What the container's own environment says, and what the platform adds to it."""
        responses = hooks.core("responses")
        region = responses.get_region()
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(
                [str(SHIM), str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "PYTHONUNBUFFERED": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": responses.get_account_id(),
            "AWS_SECRET_ACCESS_KEY": "local",
            **{
                name: value.replace("host.docker.internal", "127.0.0.1")
                for name, value in container.items()
            },
            "IMAGE_TAG": named(image)[1],
            **self._trust(),
            "LOCAL_ADDRESSES": json.dumps(self._addresses.local_ports()),
            **({"LISTEN_PORT": str(port)} if port else {}),
        }

    def _trust(self) -> dict[str, str]:
        """Have the ACME server's certificates trusted, as an image trusts its system's authorities."""
        bundle = self._options.ca_bundle
        return {"SSL_CERT_FILE": str(bundle)} if bundle else {}


def named(image: str) -> tuple[str, str]:
    """The last part of an image's name, and its tag or digest ("HOST:PORT/PATH/NAME:TAG@DIGEST")."""
    tagged, _, digest = image.rpartition("/")[2].partition("@")
    name, _, tag = tagged.partition(":")
    return name, digest or tag or "latest"


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
