"""Child processes that cannot outlive the emulator."""

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO


class Processes:
    """Starts children and stops those that still run at the end.

    The kernel kills a child when the emulator dies, however it dies (PR_SET_PDEATHSIG, prctl(2)). It sends
    the signal when the *thread* that started the child ends. One thread therefore starts all children, and
    lives as long as the emulator.
    """

    def __init__(self) -> None:
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="child-starter")
        self._running: set[subprocess.Popen[bytes]] = set()

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        output: IO[bytes],
        user: str | None = None,
        signal_on_death: signal.Signals = signal.SIGKILL,
    ) -> subprocess.Popen[bytes]:
        """Start a child whose stdout and stderr go to `output`, as another user if one is named.

        Raises:
            RuntimeError: setpriv is missing.
        """
        guard = ["setpriv", "--pdeathsig", signal_on_death.name.removeprefix("SIG")]
        if user:
            guard += ["--reuid", user, "--regid", user, "--clear-groups"]
        if not shutil.which(guard[0]):
            raise RuntimeError("setpriv is missing: install Debian's util-linux.")

        def spawn() -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [*guard, *command],
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            self._running = {child for child in self._running if child.poll() is None} | {process}
            return process

        return self._starter.submit(spawn).result()

    def stop_all(self) -> None:
        """Send SIGTERM to every child, and SIGKILL to what still runs after three seconds."""
        children = self._running
        for child in children:
            child.terminate()
        for child in children:
            stop(child, timeout_seconds=3)
        self._starter.shutdown()


def stop(
    process: subprocess.Popen[bytes], timeout_seconds: float, first: signal.Signals = signal.SIGTERM
) -> None:
    """End a child: send the first signal, and SIGKILL when it still runs after the timeout."""
    process.send_signal(first)
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
