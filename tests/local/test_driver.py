"""`python -m local` tells its user what happens, and what is in the way."""

import os
import socket
from pathlib import Path

import pytest

from local import ports
from local.daemon import Daemon, DaemonError
from local.parts import Part
from local.progress import Progress

PREFIX = "instandt-local"
EVENT = (
    "instandt-local-storage | 1/20 | 2:31:16 AM | CREATE_COMPLETE | AWS::KMS::Key"
    " | Storage/Key (Key961B73FD) \n"
)


def shown(capsys: pytest.CaptureFixture[str], *lines: str, terminal: bool = False) -> list[str]:
    progress = Progress(prefix=PREFIX, terminal=terminal)
    for line in lines:
        progress.feed(line)
    return capsys.readouterr().out.splitlines()


def test_a_stack_is_one_line_when_it_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(
        capsys,
        "Storage (instandt-local-storage): deploying... [2/6]\n",
        EVENT,
        " ✅  Storage (instandt-local-storage)\n",
        "✨  Deployment time: 5.4s\n",
        " ✅  Network (instandt-local-network) (no changes)\n",
        "❌  instandt-local-services failed to deploy\n",
        "✅  Edge (instandt-local-edge): destroyed\n",
    ) == [
        "  ✓ storage     0:00   deployed",
        "  ✓ network     0:00   no changes",
        "  ✗ services    0:00   failed",
        "  ✓ edge        0:00   destroyed",
    ]


def test_a_terminal_shows_what_is_going_on(capsys: pytest.CaptureFixture[str]) -> None:
    line = shown(capsys, EVENT, terminal=True)[-1]
    assert line.endswith("… storage: Storage/Key")


def test_a_taken_port_is_reported_with_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        part = Part(
            daemon=Daemon(name="door", directory=tmp_path),
            title="emulator",
            servers={"front door": (port,)},
            start=lambda: None,
        )

        with pytest.raises(DaemonError) as caught:
            part.check_ports()

        assert ports.accepts(port)
    assert f"Port {port} of 127.0.0.1, for the front door, is held by" in str(caught.value)
    assert f"process {os.getpid()} (" in str(caught.value)
    assert ports.is_free(port)
