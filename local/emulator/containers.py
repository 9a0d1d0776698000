"""A stand-in for the docker client: ECS containers as child processes on this machine."""

import importlib.util
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.emulator import hooks, processes
from local.emulator.addresses import SHIM, free_port, web_names
from local.emulator.database import Databases
from local.emulator.options import Options
from local.emulator.processes import Processes

PROJECT = Path(__file__).parents[2]
_LOG_POLL_SECONDS = 0.05
_LOG_GRACE_SECONDS = 2.0
_DRAIN_SECONDS = 2.0
"""How long a container goes on answering requests that it got before its target was deregistered.

Source: "Deregistration delay", User Guide for Application Load Balancers.
"""


@dataclass(eq=False)
class Container:
    """One child process, with the attributes and methods of the docker client's Container."""

    process: subprocess.Popen[bytes]
    log: Path
    name: str
    """The container's name in its task definition."""
    port: int
    """The TCP port on 127.0.0.1 that is reserved for it."""
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    followed: bool = False
    """Whether somebody forwards the log; `wait` then waits for the last line as well."""
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
        line = b""
        with self.log.open("rb") as log:
            while True:
                ended = self.process.poll() is not None
                line += log.readline()
                if line.endswith(b"\n") or (ended and line):
                    yield line
                    line = b""
                elif ended:
                    break
                else:
                    time.sleep(_LOG_POLL_SECONDS)
        self._forwarded.set()

    def stop(self, timeout: float = 10) -> None:
        """Send SIGTERM after the requests had time to end, and SIGKILL `timeout` seconds later."""
        timer = threading.Timer(_DRAIN_SECONDS, processes.stop, [self.process, timeout])
        timer.daemon = True
        timer.start()

    def remove(self, **_options: object) -> None:
        """Do nothing: `stop` sees to the process, and the log stays for the operator."""


class Runtime:
    """Stands in for the docker client and for its collections of containers and images."""

    def __init__(self, options: Options, children: Processes, databases: Databases) -> None:
        self.containers = self.images = self
        self._options = options
        self._children = children
        self._databases = databases
        self._by_id: dict[str, Container] = {}
        self._logs = options.directory / "containers"
        self._logs.mkdir(parents=True, exist_ok=True)

    def get(self, identifier: str) -> Container:
        """Return the container of that id, or raise KeyError."""
        return self._by_id[identifier]

    def pull(self, image: str, **_options: object) -> None:
        """Check that a program stands in for the image.

        Raises:
            LookupError: none does.
        """
        self._program(image)

    def run(self, image: str, **options: hooks.Untyped) -> Container:
        """Start the program that stands in for the image; the options are docker's.

        Raises:
            LookupError: there is no such program.
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
            raise LookupError(f"no program stands in for the image {image}: write {program}")
        return program

    def _environment(self, image: str, container: dict[str, str], port: int) -> dict[str, str]:
        """What the task definition says, and what the platform adds to it."""
        python_path = [str(SHIM), str(PROJECT), os.environ.get("PYTHONPATH")]
        web = {f"{name}:443": self._options.front_door_port for name in web_names()}
        region = hooks.core("responses").get_region()
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
            "PYTHONUNBUFFERED": "1",
            # The operator's own configuration and credentials must stay out of reach.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{
                name: value.replace("host.docker.internal", "127.0.0.1")
                for name, value in container.items()
            },
            "IMAGE_TAG": named(image)[1],
            "LISTEN_PORT": str(port),
            "LOCAL_ADDRESSES": json.dumps(self._databases.local_ports() | web),
            # An image trusts public authorities; here the ACME server's takes their place.
            "SSL_CERT_FILE": str(self._options.ca_bundle),
        }


def named(image: str) -> tuple[str, str]:
    """The last part of an image's name, and its tag or digest ("HOST:PORT/PATH/NAME:TAG@DIGEST")."""
    tagged, _, digest = image.rpartition("/")[2].partition("@")
    name, _, tag = tagged.partition(":")
    return name, digest or tag or "latest"
