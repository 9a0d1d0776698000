"""The owner and the logins in the database.

All of it is done by the master of RDS, who is no superuser: it may make roles, and databases are its own
("Master user account privileges" and "Understanding the rds_superuser role", Amazon RDS User Guide). From
PostgreSQL 16 on, who makes a role may grant it to itself, and has to before it gives anything to that role
("CREATE ROLE" and "Role membership", PostgreSQL 16).
"""

import pg8000.native  # type: ignore[import-untyped]
from pg8000.native import identifier, literal
from scramp import ScramMechanism  # type: ignore[import-untyped]
from scramp.utils import b64enc  # type: ignore[import-untyped]

from logins.login import Login
from logins.protocol import LOGINS, OWNER

OF_IAM = "rds_iam"
"""Whoever has this role logs in with IAM's credentials."""


def ensure(connection: pg8000.native.Connection, *, database: str) -> None:
    """Make the owner and the logins unless they are there, and give the owner what is to be its own.

    A login may make objects under its own name, for example after RESET ROLE; these go to the owner, too.
    The schema public belongs to the database's owner, whoever that is (PostgreSQL 15, "Release notes").
    """
    ((master,),) = connection.run("SELECT current_user")
    known = {name for (name,) in connection.run("SELECT rolname FROM pg_roles")}
    for role, kind in ((OWNER, "NOLOGIN"), *((login, "LOGIN") for login in LOGINS)):
        if role not in known:
            connection.run(f"CREATE ROLE {identifier(role)} {kind}")
        connection.run(f"GRANT {identifier(role)} TO {identifier(master)}")
    for login in LOGINS:
        connection.run(f"GRANT {identifier(OWNER)} TO {identifier(login)}")
        # Whatever the vendor's code creates belongs to the owner.
        connection.run(f"ALTER ROLE {identifier(login)} SET role = {literal(OWNER)}")
    connection.run(f"ALTER DATABASE {identifier(database)} OWNER TO {identifier(OWNER)}")
    made_by = ", ".join(map(identifier, LOGINS))
    connection.run(f"REASSIGN OWNED BY {made_by} TO {identifier(OWNER)}")


def ensure_reader(connection: pg8000.native.Connection, reader: str) -> None:
    """Make the login that may read what the owner has, now and later. People use it, with IAM's credentials.

    It may also see what others run, and cancel it, as the guide to the alarms asks for.

    Source: "Creating a database account using IAM authentication", Amazon RDS User Guide.
    """
    known = {name for (name,) in connection.run("SELECT rolname FROM pg_roles")}
    name = identifier(reader)
    if reader not in known:
        connection.run(f"CREATE ROLE {name} LOGIN")
    # RDS makes this role; elsewhere there is none.
    if OF_IAM in known:
        connection.run(f"GRANT {identifier(OF_IAM)} TO {name}")
    # RDS's master may pass these on ("Understanding the rds_superuser role", Amazon RDS User Guide).
    connection.run(f"GRANT pg_monitor, pg_signal_backend TO {name}")
    connection.run(f"SET ROLE {identifier(OWNER)}")
    connection.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    connection.run(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {name}")
    connection.run(f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {name}")
    connection.run("RESET ROLE")


def set_password(connection: pg8000.native.Connection, login: Login) -> None:
    """Give a login its password.

    PostgreSQL is handed what it would keep of it, because it may log the statement ("ALTER ROLE", "Notes").
    """
    connection.run(
        f"ALTER ROLE {identifier(login.username)} PASSWORD {literal(verifier(login.password))}"
    )


def verifier(password: str) -> str:
    """Return what PostgreSQL keeps of a password (RFC 5803; "pg_authid", PostgreSQL's documentation)."""
    salt, stored_key, server_key, iterations = ScramMechanism().make_auth_info(password)
    keys = f"{b64enc(stored_key)}:{b64enc(server_key)}"
    return f"SCRAM-SHA-256${iterations}:{b64enc(salt)}${keys}"


def acts_as_owner(connection: pg8000.native.Connection) -> bool:
    """Whether the login acts as the owner, and may create objects in the schema public."""
    ((is_owner, may_create),) = connection.run(
        "SELECT current_user = :owner, has_schema_privilege('public', 'CREATE')", owner=OWNER
    )
    return bool(is_owner and may_create)
