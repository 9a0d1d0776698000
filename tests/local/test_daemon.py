"""Background servers are started once, found again by their pid file, and stopped by nobody else."""

import os
import sys
from pathlib import Path

import pytest

from local import daemon as daemons
from local.daemon import Daemon, DaemonError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_server_outlives_the_object_that_started_it(tmp_path: Path) -> None:
    Daemon(name="sleeper", directory=tmp_path).start(SLEEP, environment={}, ready=lambda: True)

    found = Daemon(name="sleeper", directory=tmp_path)
    assert found.running
    found.stop()
    assert not found.running


def test_a_server_that_runs_is_not_started_again(tmp_path: Path) -> None:
    daemon = Daemon(name="sleeper", directory=tmp_path)
    daemon.start(SLEEP, environment={}, ready=lambda: True)
    process_id = daemon.pid_file.read_text()

    Daemon(name="sleeper", directory=tmp_path).start(SLEEP, environment={}, ready=lambda: True)

    assert daemon.pid_file.read_text() == process_id
    daemon.stop()


def test_a_server_that_ignores_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemons, "STOP_SECONDS", 1)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)"
    )
    daemon = Daemon(name="sleeper", directory=tmp_path)
    daemon.start(
        [sys.executable, "-c", deaf],
        environment={},
        ready=lambda: daemon.log_file.read_text() == "deaf\n",
    )

    daemon.stop()

    assert not daemon.running


def test_a_pid_file_left_behind_stops_nobody(tmp_path: Path) -> None:
    daemon = Daemon(name="sleeper", directory=tmp_path)
    daemon.pid_file.write_text(str(os.getpid()))

    daemon.stop()

    assert not daemon.pid_file.exists()


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    daemon = Daemon(name="sleeper", directory=tmp_path)

    with pytest.raises(DaemonError, match="the reason"):
        daemon.start(
            [sys.executable, "-c", "import sys; sys.exit('the reason')"],
            environment={},
            ready=lambda: False,
        )
