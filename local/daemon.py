"""Background processes that go on running after the command that started them."""

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
    """A process did not start or did not stop; the message names it and shows the end of its log."""


class Daemon:
    """A background process, found again by its pid file, which it keeps locked for as long as it runs.

    A pid file without a lock was left behind: its process has ended, and the system may have given the
    number to another program. Only the process that holds the lock is ever stopped.
    """

    def __init__(self, *, name: str, directory: Path) -> None:
        """Name the process; its files are `name`.pid and `name`.log in the directory."""
        self.name = name
        self.pid_file = directory / f"{name}.pid"
        self.log_file = directory / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process runs, whichever command started it."""
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
            ready: Whether its servers answer.

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
        """End the process if it runs, and delete its pid file.

        Raises:
            DaemonError: It still runs after SIGKILL.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.running:
                os.kill(int(self.pid_file.read_text()), number)
            deadline = time.monotonic() + STOP_SECONDS
            while self.running and time.monotonic() < deadline:
                time.sleep(0.02)
        if self.running:
            raise DaemonError(f"{self.name} (process {self.pid_file.read_text()}) does not end.")
        if self._child is not None:
            self._child.wait()
        self.pid_file.unlink(missing_ok=True)

    def _last_lines(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-5:]
        return f" Its log, {self.log_file}, ends:\n" + "\n".join(lines)
