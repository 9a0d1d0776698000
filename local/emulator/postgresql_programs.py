"""PostgreSQL's programs, and what runs them."""

import subprocess
from pathlib import Path

_PROGRAMS = Path("/usr/lib/postgresql")


class DatabaseError(RuntimeError):
    """PostgreSQL is missing or does not start."""


def program(name: str) -> str:
    """The newest installed PostgreSQL's program.

    Raises:
        DatabaseError: there is none.
    """
    found = sorted(_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise DatabaseError(f"no {name} below {_PROGRAMS}: install Debian's postgresql.")
    return str(found[-1])


def run(*command: str, directory: Path, user: str | None) -> None:
    """Run a program to its end, as another user if one is named.

    Raises:
        DatabaseError: It failed; says why in its own words.
    """
    ended = subprocess.run(
        command,
        cwd=directory,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise DatabaseError(f"{Path(command[0]).name} failed: {ended.stderr.strip()}")
