"""What the functions talk to in the tests, besides what `local` has."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.daemon import Daemon
from tests.support.servers import free_port

EMULATOR = """
import sys
from pathlib import Path

from local.emulator import mends, roles
from ministack.app import main

mends.install()
roles.install(Path(sys.argv.pop()))
main()
"""

FUNCTION = """
import json
import sys

from certificate.handler import handle
from tests.lambdas.certificates import Context

handle(json.load(sys.stdin), Context(seconds=300))
"""


class Emulator(Daemon):
    """AWS of this test run's own, which asks IAM whether a function may do what it does."""

    def __init__(self, *, directory: Path) -> None:
        super().__init__(name="emulator", directory=directory)
        self._directory = directory
        self._port = free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"

    def run(self) -> None:
        self.start(
            [sys.executable, "-c", EMULATOR, str(self._directory)],
            environment={
                "AUTH": "true",
                "AWS_SECRET_ACCESS_KEY": "local",
                "GATEWAY_PORT": str(self._port),
                "BIND_HOST": "127.0.0.1",
                "IOT_MTLS_ENABLED": "0",
                "LAMBDA_EXECUTOR": "local",
            },
            ready=self._answers,
        )

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            return False
        return True


class FunctionProcess:
    """The function in a process of its own, as Lambda runs it."""

    def __init__(self, event: dict[str, Any]) -> None:
        """Start it for an event."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", FUNCTION],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(event))
        self._process.stdin.close()

    def kill(self) -> None:
        """End it and its children without a warning, as Lambda does when the time is over."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Return its exit code; negative is the signal that ended it."""
        return self._process.wait()


class CloudFormationInbox:
    """Where CloudFormation receives the answers of custom resources."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                length = int(self.headers["Content-Length"])
                answers.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/answer?signature=x"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
