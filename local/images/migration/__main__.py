"""Bring the database schema to the version of this image and end.

Exit code 0: the schema has this version. 1: the environment or the database breaks the contract.
3: the migration failed, and the database is as it was.

Manners (see `contract.has_manner`): "broken" fails half-way, "plain" uses no TLS, "ndt" expects a database of
that name, "chatty" logs what no log should hold.
"""

import sys

from local.images import contract, database

VARIABLES = ("POSTGRES_HOST", "POSTGRES_PASSWORD", "POSTGRES_USERNAME")
DATABASE = "instandt"
MIGRATION_FAILED = 3

LOCK = 7_369_612
"""The advisory lock on which two migrations at the same time wait for each other; any number will do."""

HISTORY = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version text PRIMARY KEY,
        migrated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""
SCHEMA = {
    "table media": """
        CREATE TABLE IF NOT EXISTS media (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            size_in_bytes bigint NOT NULL,
            sha256 text NOT NULL,
            uploaded_at timestamptz NOT NULL DEFAULT now()
        )
    """,
    "index media_by_time": "CREATE INDEX IF NOT EXISTS media_by_time ON media (uploaded_at DESC)",
}
BROKEN_SCHEMA = {
    "drop column media.sha256": "ALTER TABLE media DROP COLUMN sha256",
    "rename column media.checksum": "ALTER TABLE media RENAME COLUMN checksum TO digest",
}


def migrate(connection: database.Connection, *, version: str) -> None:
    """Bring the schema to a version in one transaction, unless that version is in the history.

    Raises:
        database.Error: A step failed; nothing has changed.
    """
    connection.run("START TRANSACTION")
    try:
        connection.run("SELECT pg_advisory_xact_lock(:lock)", lock=LOCK)
        connection.run("SET LOCAL client_min_messages = warning")
        connection.run(HISTORY)
        if connection.run("SELECT 1 FROM schema_migrations WHERE version = :v", v=version):
            print(f"the schema is at {version} already, nothing to do", flush=True)
        else:
            steps = SCHEMA | (BROKEN_SCHEMA if contract.has_manner("broken") else {})
            for number, (title, statement) in enumerate(steps.items(), start=1):
                print(f"step {number} of {len(steps)}: {title}", flush=True)
                connection.run(statement)
            connection.run("INSERT INTO schema_migrations (version) VALUES (:v)", v=version)
        connection.run("COMMIT")
    except database.DatabaseError:
        connection.run("ROLLBACK")
        raise


def chat(*, user: str, password: str) -> None:
    """Log the credentials, control characters, and half of a character."""
    print(f"connecting to postgresql://{user}:{password}@database/instandt")
    print(f"POSTGRES_PASSWORD={password}", flush=True)
    sys.stdout.buffer.write("\x1b[31mred\x00 \u202eback ".encode() + "ü".encode()[:1] + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Run this image's migration."""
    values = contract.environment("migration", VARIABLES)
    host, version = values["POSTGRES_HOST"], contract.version()
    user, password = values["POSTGRES_USERNAME"], values["POSTGRES_PASSWORD"]
    name = "ndt" if contract.has_manner("ndt") else DATABASE
    print(f"migration {version} starts on {host}/{name}", flush=True)
    if contract.has_manner("chatty"):
        chat(user=user, password=password)
    try:
        connection = database.connect(
            host=host,
            user=user,
            password=password,
            database=name,
            tls=not contract.has_manner("plain"),
        )
    except OSError as error:
        sys.exit(f"migration {version} failed: {error}")
    try:
        migrate(connection, version=version)
    except database.Error as error:
        outcome = "the transaction was rolled back, the database is as it was"
        print(f"migration {version} failed: {database.reason(error)}; {outcome}", file=sys.stderr)
        sys.exit(MIGRATION_FAILED)
    finally:
        connection.close()
    print(f"migration {version} finished", flush=True)


if __name__ == "__main__":
    main()
