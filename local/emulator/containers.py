"""A stand-in for the docker client: ECS containers as child processes on this machine."""

import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from local.emulator import hooks, processes
from local.emulator.addresses import SHIM, Addresses
from local.emulator.options import Options
from local.emulator.processes import Processes

PROJECT = Path(__file__).parents[2]
_LOG_POLL_SECONDS = 0.05
_LOG_GRACE_SECONDS = 2.0
_DRAIN_SECONDS = 2.0
"""A container is told to stop this long after its target was deregistered, as requests that it is still
answering may end (ELB, "Deregistration delay")."""


class NotFoundError(LookupError):
    """No program stands in for the image."""


@dataclass(eq=False)
class Container:
    """One child process, with the attributes and methods of the docker client's Container."""

    process: subprocess.Popen[bytes]
    log: Path
    name: str
    """The container's name in its task definition."""
    port: int
    """The TCP port on 127.0.0.1 that it was told to listen on, should it listen at all."""
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    followed: bool = False
    """Whether somebody forwards the log: `wait` then returns after the last line."""
    _forwarded: threading.Event = field(default_factory=threading.Event)

    @property
    def attrs(self) -> dict[str, Any]:
        """What `docker inspect` shows of the network."""
        return {"NetworkSettings": {"Networks": {"local": {"IPAddress": "127.0.0.1"}}}}

    @property
    def status(self) -> str:
        """Either "running" or "exited"."""
        return "running" if self.process.poll() is None else "exited"

    def reload(self) -> None:
        """Do nothing: what is shown is always current."""

    def wait(self) -> dict[str, int]:
        """The exit code as docker reports it: 128 + n when a signal n ended the process."""
        code = self.process.wait()
        if self.followed:
            self._forwarded.wait(_LOG_GRACE_SECONDS)
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
        """Begin to stop: let connections drain, then SIGTERM, then SIGKILL."""

        def end() -> None:
            time.sleep(_DRAIN_SECONDS)
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
    def containers(self) -> "Runtime":
        """The client's collection of containers."""
        return self

    @property
    def images(self) -> "Runtime":
        """The client's collection of images."""
        return self

    def get(self, identifier: str) -> Container:
        """The container of that id.

        Raises:
            KeyError: there is none.
        """
        return self._by_id[identifier]

    def list(self, **_filters: object) -> list[Container]:
        """Every container that was started."""
        return [*self._by_id.values()]

    def pull(self, image: str, **_options: object) -> None:
        """Check that a program stands in for the image.

        Raises:
            NotFoundError: none does.
        """
        self._program(image)

    def run(self, image: str, **options: hooks.Untyped) -> Container:
        """Start the program that stands in for the image; the options are docker's.

        Raises:
            NotFoundError: there is no such program.
        """
        program = self._program(image)
        port = free_port()
        log_path = self._logs / f"{options['name']}.log"
        with log_path.open("wb") as log:
            process = self._children.start(
                [sys.executable, "-m", program, *(options["command"] or [])],
                environment=self._environment(image, options["environment"], port),
                directory=PROJECT,
                output=log,
            )
        name = options["labels"]["com.amazonaws.ecs.container-name"]
        container = Container(process=process, log=log_path, name=name, port=port)
        self._by_id[container.id] = container
        return container

    def _program(self, image: str) -> str:
        program = f"{self._options.images}.{named(image)[0]}"
        if importlib.util.find_spec(program) is None:
            raise NotFoundError(f"no program stands in for the image {image}: write {program}")
        return program

    def _environment(self, image: str, container: dict[str, str], port: int) -> dict[str, str]:
        """What the task definition says, and what the platform adds to it."""
        python_path = [str(SHIM), str(PROJECT), os.environ.get("PYTHONPATH")]
        bundle = self._options.ca_bundle
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
            "PYTHONUNBUFFERED": "1",
            **_aws(),
            **{
                name: value.replace("host.docker.internal", "127.0.0.1")
                for name, value in container.items()
            },
            "IMAGE_TAG": named(image)[1],
            "LISTEN_PORT": str(port),
            "LOCAL_ADDRESSES": json.dumps(self._addresses.local_ports()),
            # The ACME server's authority, which an image has among those of its system.
            **({"SSL_CERT_FILE": str(bundle)} if bundle else {}),
        }


def _aws() -> dict[str, str]:
    """Region and credentials for the AWS clients of a container; no file of the operator's is read."""
    responses = hooks.core("responses")
    region = responses.get_region()
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": responses.get_account_id(),
        "AWS_SECRET_ACCESS_KEY": "local",
    }


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
