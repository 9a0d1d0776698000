"""A call needs more than the permission of its own name, where AWS asks for more.

ministack encrypts nothing and so asks for no key, and lets an import of a certificate set tags. AWS
documents what is asked: "Secret encryption and decryption in AWS Secrets Manager", AWS Secrets Manager User
Guide; "Using server-side encryption with AWS KMS keys", Amazon S3 User Guide; "Actions, resources, and
condition keys for AWS Certificate Manager", Service Authorization Reference.

Mended when test_a_call_needs_the_key_and_the_tags_too passes without this file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.emulator import hooks

_Question = tuple[str, str, Mapping[str, str]]
"""Action, resource, and condition keys."""

_KEY_ACTIONS = {
    "secretsmanager:GetSecretValue": "kms:Decrypt",
    "secretsmanager:PutSecretValue": "kms:GenerateDataKey",
    "s3:GetObject": "kms:Decrypt",
    "s3:PutObject": "kms:GenerateDataKey",
}


def install() -> None:
    """Ask for the rest."""
    evaluator, actions = hooks.core("iam_evaluator"), hooks.core("iam_actions")

    @hooks.around(evaluator, "enforce")
    def enforce(
        original: hooks.Original,
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> hooks.Untyped:
        context = service_context or {}
        denied = original(access_key, action, service, region, resource_arn, context)
        if denied or evaluator.is_root_access_key(access_key):
            return denied
        for further, resource, keys in _further(action, resource_arn, region, context):
            also = evaluator.enforce(
                access_key,
                further,
                further.partition(":")[0],
                region,
                resource_arn=resource,
                service_context=dict(keys),
            )
            if also:
                caller = evaluator.resolve_principal(access_key, "").arn
                message = actions.identity_denial_message(further, caller, resource, False)
                return evaluator.AuthError("AccessDenied", message)
        return None


def _further(
    action: str, resource: str, region: str, context: Mapping[str, Any]
) -> Iterator[_Question]:
    if action == "acm:ImportCertificate" and context.get("aws:TagKeys"):
        yield "acm:AddTagsToCertificate", resource, {}
    if key_action := _KEY_ACTIONS.get(action):
        find = _key_of_secret if action.startswith("secretsmanager:") else _key_of_bucket
        if found := find(resource):
            key, encryption_context = found
            service = action.partition(":")[0]
            via = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
            yield key_action, key, via | encryption_context


def _key_of_secret(arn: str) -> tuple[str, dict[str, str]] | None:
    _name, secret = hooks.service("secretsmanager")._resolve(arn)
    key = hooks.service("kms")._resolve_key(secret.get("KmsKeyId")) if secret else None
    return (key["Arn"], {"kms:EncryptionContext:SecretARN": arn}) if key else None


def _key_of_bucket(object_arn: str) -> tuple[str, dict[str, str]] | None:
    """The key of a bucket whose objects are encrypted with one by default."""
    bucket_arn = object_arn.partition("/")[0]
    settings = hooks.service("s3")._bucket_encryption.get(bucket_arn.rpartition(":")[2], "")
    named = re.search("<KMSMasterKeyID>(.+?)</KMSMasterKeyID>", settings)
    key = hooks.service("kms")._resolve_key(named[1]) if named else None
    if not key:
        return None
    for_bucket = "<BucketKeyEnabled>true</BucketKeyEnabled>" in settings
    return key["Arn"], {
        "kms:EncryptionContext:aws:s3:arn": bucket_arn if for_bucket else object_arn
    }
