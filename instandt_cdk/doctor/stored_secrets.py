"""The secrets that operators fill in. No finding quotes their content."""

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from certificate.account_key import parse
from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.doctor.left_secrets import secret_names
from instandt_cdk.names import Names
from instandt_cdk.settings import RegistrySettings
from preflight.login import Login, LoginError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

PLACEHOLDER = re.compile(
    r"[<$…{].*|\W*|(.)\1*|.*(placeholder|change.?me|replace.?me|to.?do|dummy|example|your.?token).*",
    re.IGNORECASE | re.DOTALL,
)
"""Matches what people write in place of a token."""

AWS_KEY = "alias/aws/secretsmanager"
"""AWS's own key for secrets, which everybody who may read a secret may use."""


def gitlab_credentials(
    secrets: "SecretsManagerClient",
    cloudformation: "CloudFormationClient",
    *,
    names: Names,
    registry: RegistrySettings,
) -> Iterator[Finding]:
    """The secret holds a user and a token, or a deployment will create it."""
    name, token_key = names.registry_login(registry.source), registry.token_key
    if name is None or token_key is None:
        return  # the images are in ECR
    held = name in secret_names(cloudformation, names.stack("Secrets"))
    try:
        secret = secrets.describe_secret(SecretId=name)
    except secrets.exceptions.ResourceNotFoundException:
        if held:
            yield failed(
                f"{name} is gone, although its stack is deployed",
                f"`aws secretsmanager create-secret --name {name} --secret-string` with the JSON keys "
                f"username and {token_key}",
            )
        else:
            yield good(f"{name} does not exist yet: the deployment that creates it needs the token")
        return
    if not held:
        return  # left_secrets reports this
    if "DeletedDate" in secret:
        yield failed(
            f"{name} is scheduled for deletion",
            f"`aws secretsmanager restore-secret --secret-id {name}`",
        )
    else:
        yield from _credentials(secrets, name, token_key)


def _credentials(secrets: "SecretsManagerClient", name: str, token_key: str) -> Iterator[Finding]:
    remedy = (
        f"`aws secretsmanager put-secret-value --secret-id {name} --secret-string` with the JSON keys "
        f"username and {token_key}"
    )
    try:
        login = Login.read(_text(secrets, name), token_key=token_key)
    except LoginError as error:
        yield failed(f"{name} {error}", remedy)
        return
    if PLACEHOLDER.fullmatch(login.token):
        yield failed(f"{name} has a placeholder for {token_key}", remedy)
    else:
        yield good(f"{name} has a user and a token")


def account_key(secrets: "SecretsManagerClient", *, arn: str) -> Iterator[Finding]:
    """The secret holds the private key of an ACME account, as PEM or JWK (RFC 7468, RFC 7517)."""
    try:
        key = _text(secrets, arn).strip()
    except secrets.exceptions.ResourceNotFoundException:
        yield failed(
            f"acme.account_key_secret_arn: there is no secret {arn}",
            "create it with the account's private key as its text, or correct the ARN",
        )
        return
    if parse(key):
        yield _readable(secrets, arn, "a private key")
    else:
        yield failed(
            f"{arn} holds no PEM or JWK private key that certbot can use",
            f"`aws secretsmanager put-secret-value --secret-id {arn} --secret-string` with the key: RSA, or "
            "ECDSA on P-256, P-384 or P-521, without a password",
        )


def external_account_key(secrets: "SecretsManagerClient", *, arn: str) -> Iterator[Finding]:
    """The secret holds the certificate authority's HMAC key (RFC 8555, 7.3.4: base64url)."""
    remedy = (
        f"`aws secretsmanager put-secret-value --secret-id {arn} --secret-string` with the HMAC "
        "key exactly as the authority gave it"
    )
    try:
        key = _text(secrets, arn).strip()
    except secrets.exceptions.ResourceNotFoundException:
        yield failed(
            f"acme.external_account_binding.hmac_key_secret_arn: there is no secret {arn}",
            "create it with the authority's key as its text, or correct the ARN",
        )
        return
    if PLACEHOLDER.fullmatch(key):
        yield failed(f"{arn} holds a placeholder", remedy)
    elif not _is_base64url(key):
        yield failed(f"{arn} holds text that is not base64url", remedy)
    else:
        yield _readable(secrets, arn, "a key")


def _readable(secrets: "SecretsManagerClient", arn: str, content: str) -> Finding:
    """Tell what the secret holds, or that the certificate's function may not use the key that encrypts it.

    Only the policy of that key could allow it. A secret under AWS's own key has none here ("DescribeSecret",
    AWS Secrets Manager API Reference).
    """
    key = secrets.describe_secret(SecretId=arn).get("KmsKeyId", AWS_KEY)
    if key.endswith(AWS_KEY):
        return good(f"{arn} holds {content}")
    return warning(
        f"{arn} is encrypted with {key}, which the certificate's function may not use unless the key's "
        "policy says so",
        f"`aws secretsmanager update-secret --secret-id {arn} --kms-key-id {AWS_KEY}`",
    )


def _text(secrets: "SecretsManagerClient", secret_id: str) -> str:
    return secrets.get_secret_value(SecretId=secret_id).get("SecretString", "")


def _is_base64url(text: str) -> bool:
    if not re.fullmatch(r"[\w-]+=*", text, re.ASCII):
        return False
    try:
        return bool(base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)))
    except ValueError:
        return False
