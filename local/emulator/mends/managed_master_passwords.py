"""RDS makes the master's password itself, keeps it in a secret and says which.

ministack knows ManageMasterUserPassword of clusters only. AWS documents it: "Password management with Amazon
RDS and AWS Secrets Manager", Amazon RDS User Guide.

Mended when test_rds_keeps_the_masters_password passes without this file.
"""

import json
import secrets
import uuid
from typing import Any

from local.emulator import hooks


def install() -> None:
    """Adapt how an instance is created, deleted and described."""
    provisioners, rds = hooks.service("cloudformation.provisioners"), hooks.service("rds")

    @hooks.around(provisioners, "_rds_db_instance_create")
    def create(original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        identifier, attributes = original(*arguments)
        properties = arguments[1]
        if str(properties.get("ManageMasterUserPassword", "")).lower() == "true":
            record = rds._instances[identifier]
            key = properties.get("MasterUserSecret", {}).get("KmsKeyId")
            record["MasterUserSecret"] = keep(record, key)
            attributes["MasterUserSecret.SecretArn"] = record["MasterUserSecret"]["SecretArn"]
        return identifier, attributes

    @hooks.around(provisioners, "_rds_db_instance_delete")
    def delete(original: hooks.Original, physical_id: str, properties: object) -> None:
        record = rds._instances.get(physical_id) or {}
        original(physical_id, properties)
        if kept := record.get("MasterUserSecret"):
            name, secret = hooks.service("secretsmanager")._resolve(kept["SecretArn"])
            hooks.service("secretsmanager")._purge_secret(name, secret)

    @hooks.around(rds, "_instance_xml")
    def described(original: hooks.Original, record: dict[str, Any]) -> str:
        kept = record.get("MasterUserSecret") or {}
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in kept.items() if value)
        xml = str(original(record))
        return f"{xml}<MasterUserSecret>{fields}</MasterUserSecret>" if fields else xml


def keep(record: dict[str, Any], key: str | None) -> dict[str, Any]:
    """Give an instance's record a new password, and keep it in a new secret; return what RDS says of that."""
    record["_MasterUserPassword"] = secrets.token_urlsafe(21)
    value = {"username": record["MasterUsername"], "password": record["_MasterUserPassword"]}
    tags = {
        "aws:rds:primaryDBInstanceArn": record["DBInstanceArn"],
        "aws:secretsmanager:owningService": "rds",
    }
    arn, _version = hooks.service("secretsmanager")._store_new_secret(
        f"rds!db-{uuid.uuid4()}",
        secret_string=json.dumps(value),
        tags=[{"Key": name, "Value": text} for name, text in tags.items()],
        kms_key_id=key,
    )
    return {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}
