"""A server process that outlives the command which started it."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 20
STOP_SECONDS = 10


class DaemonError(Exception):
    """A server did not start or did not stop; the message says which and shows its last lines."""


class Daemon:
    """One background server, known by a pid file that it keeps locked for as long as it lives.

    The lock tells a live server from a pid file left behind, whose number the system may have given
    to somebody else by now. So stopping one never ends a process that is not ours.
    """

    def __init__(self, *, name: str, directory: Path) -> None:
        """Name the server whose pid and log file are `directory`/`name`.pid and .log."""
        self.name = name
        self.pid_file = directory / f"{name}.pid"
        self.log_file = directory / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives, whoever started it."""
        if not self.pid_file.exists():
            return False
        with self.pid_file.open() as pid_file:
            try:
                fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        ready: Callable[[], bool],
    ) -> None:
        """Start the process and return once it is ready; do nothing if it already runs.

        Args:
            command: Program and arguments; the process must not fork away from it.
            environment: What is added to this process's own environment.
            ready: Whether the server answers.

        Raises:
            DaemonError: It ended, or was not ready in time.
        """
        if self.running:
            return
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.pid_file.open("w") as pid_file, self.log_file.open("ab") as log:
            fcntl.flock(pid_file, fcntl.LOCK_EX)
            self._child = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[pid_file.fileno()],
                start_new_session=True,
            )
            pid_file.write(str(self._child.pid))
        deadline = time.monotonic() + START_SECONDS
        while not ready() or self._child.poll() is not None:
            if self._child.poll() is not None:
                raise DaemonError(f"{self.name} ended as it started.{self._last_lines()}")
            if time.monotonic() > deadline:
                self.stop()
                raise DaemonError(
                    f"{self.name} did not answer within {START_SECONDS} s.{self._last_lines()}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """End the process, if it lives, and forget it.

        Raises:
            DaemonError: It survived even SIGKILL.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.running:
                break
            os.kill(int(self.pid_file.read_text()), number)
            self._wait_for_end()
        else:
            raise DaemonError(f"{self.name} (process {self.pid_file.read_text()}) does not end.")
        if self._child is not None:
            self._child.wait()
        self.pid_file.unlink(missing_ok=True)

    def _wait_for_end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while self.running and time.monotonic() < deadline:
            time.sleep(0.02)

    def _last_lines(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-5:]
        return f" Its log, {self.log_file}, ends:\n" + "\n".join(lines)
