"""The embedded AWS's databases: the smallest, and connections, whatever port a server has."""

import re
import ssl
from pathlib import Path

import pg8000.native  # type: ignore[import-untyped]

DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "DeletionPolicy": "Delete",
    "Properties": {
        "AllocatedStorage": "20",
        "DBInstanceClass": "db.t4g.micro",
        "Engine": "postgres",
        "MasterUsername": "instandt",
        "MasterUserPassword": "of-nobody",
    },
}
"""A database in a template, with a real server behind it."""


def connect(directory: Path, server: str, *, password: str) -> pg8000.native.Connection:
    """Connect to the database "instandt" as its master user.

    Args:
        directory: The emulator's.
        server: The name that the instance had when it was made; its server's log is called so.
        password: The master user's.
    """
    log = (directory / f"postgresql-{server}.log").read_text()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return pg8000.native.Connection(
        "instandt",
        host="127.0.0.1",
        port=int(re.findall(r'listening on IPv4 address "127\.0\.0\.1", port (\d+)', log)[-1]),
        database="instandt",
        password=password,
        ssl_context=context,
    )
