"""Child processes that cannot outlive the emulator."""

import contextlib
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO


class Processes:
    """Starts children and stops those that still run at the end.

    The kernel kills a child when the emulator dies, however it dies (PR_SET_PDEATHSIG, prctl(2)). The signal
    goes out when the *thread* that started the child ends, hence the single thread that starts all.
    """

    def __init__(self) -> None:
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="child-starter")
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

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
        """Start a child whose stdout and stderr go to `output`, as another user if one is named."""
        guard = ["setpriv", "--pdeathsig", signal_on_death.name.removeprefix("SIG")]
        if user:
            guard += ["--reuid", user, "--regid", user, "--clear-groups"]
        if not shutil.which(guard[0]):
            raise RuntimeError("setpriv is missing: install Debian's util-linux.")

        def spawn() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [*guard, *command],
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

        process = self._starter.submit(spawn).result()
        with self._lock:
            self._running = {child for child in self._running if child.poll() is None} | {process}
        return process

    def stop_all(self) -> None:
        """Ask every child to end, and kill those that did not within three seconds."""
        with self._lock:
            children = [child for child in self._running if child.poll() is None]
        for child in children:
            child.terminate()
        for child in children:
            stop(child, timeout_seconds=3)
        self._starter.shutdown()


def stop(
    process: subprocess.Popen[bytes],
    *,
    timeout_seconds: float,
    first: signal.Signals = signal.SIGTERM,
) -> None:
    """End a child: the first signal, then SIGKILL when it has not ended in time."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(first)
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
