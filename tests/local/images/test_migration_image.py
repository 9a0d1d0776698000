"""The migration image brings the schema to its version, or leaves everything as it was."""

import subprocess
import sys

from tests.support import ROOT
from tests.support.servers import PostgreSQL, migrate


def history(postgresql: PostgreSQL) -> list[str]:
    connection = postgresql.connect()
    rows = connection.run("SELECT version FROM schema_migrations ORDER BY migrated_at")
    connection.close()
    return [version for (version,) in rows]


def columns(postgresql: PostgreSQL) -> set[str]:
    connection = postgresql.connect()
    rows = connection.run(
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    connection.close()
    return {name for (name,) in rows}


def test_the_first_migration_creates_the_schema(postgresql: PostgreSQL) -> None:
    done = migrate(postgresql, "1.0.0")

    assert done.returncode == 0, done.stderr
    assert history(postgresql) == ["1.0.0"]
    assert "media.sha256" in columns(postgresql)
    assert done.stdout.splitlines()[-1] == "migration 1.0.0 finished"


def test_a_migration_that_has_run_changes_nothing(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")

    again = migrate(postgresql, "1.0.0")

    assert again.returncode == 0, again.stderr
    assert "nothing to do" in again.stdout
    assert history(postgresql) == ["1.0.0"]


def test_the_next_version_is_added_to_the_history(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")
    migrate(postgresql, "2.0.0")

    assert history(postgresql) == ["1.0.0", "2.0.0"]


def test_a_broken_migration_leaves_the_database_as_it_was(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")
    before = columns(postgresql)

    failed = migrate(postgresql, "2.0.0-broken")

    assert failed.returncode == 3
    assert columns(postgresql) == before
    assert history(postgresql) == ["1.0.0"]
    last_line = failed.stderr.splitlines()[-1]
    assert last_line.startswith("migration 2.0.0-broken failed: column")
    assert last_line.endswith("the database is as it was")


def test_a_good_version_follows_a_broken_one(postgresql: PostgreSQL) -> None:
    migrate(postgresql, "1.0.0")
    migrate(postgresql, "2.0.0-broken")

    assert migrate(postgresql, "2.0.1").returncode == 0
    assert history(postgresql) == ["1.0.0", "2.0.1"]


def test_no_migration_shows_the_password(postgresql: PostgreSQL) -> None:
    for version in ("1.0.0", "2.0.0-broken"):
        done = migrate(postgresql, version)
        assert postgresql.password not in done.stdout + done.stderr


def test_a_missing_variable_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.images.migration"],
        env={"IMAGE_TAG": "1.0.0", "POSTGRES_HOST": "somewhere"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        "migration 1.0.0 cannot start:"
        " set the environment variables POSTGRES_PASSWORD, POSTGRES_USERNAME\n"
    )
