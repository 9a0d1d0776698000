"""A policy may limit which secrets are read by their tags.

ministack sets aws:ResourceTag, but not Secrets Manager's own key of the same meaning. AWS documents it:
secretsmanager:ResourceTag/tag-key, "Actions, resources, and condition keys for AWS Secrets Manager", Service
Authorization Reference.

Mended when test_rds_keeps_the_masters_password passes without this file.
"""

import json

from local.emulator import hooks


def install() -> None:
    """Set the keys."""

    @hooks.around(hooks.core("iam_actions"), "request_tag_context")
    def context(
        original: hooks.Original, service: str, action: str, body: bytes, *more: object
    ) -> hooks.Untyped:
        found = original(service, action, body, *more)
        if service != "secretsmanager":
            return found
        named = json.loads(body or b"{}").get("SecretId", "")
        _name, secret = hooks.service("secretsmanager")._resolve(named)
        return found | {
            f"secretsmanager:ResourceTag/{tag['Key']}": tag["Value"]
            for tag in (secret or {}).get("Tags", [])
        }
