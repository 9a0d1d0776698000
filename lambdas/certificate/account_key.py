"""Reads the private key of an ACME account that the operator already has."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from josepy.jwk import JWK, JWKEC, JWKRSA

from certificate.errors import CertificateError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
"""The curves for which certbot has a signature algorithm (RFC 7518, 3.4)."""


def read(secrets: "SecretsManagerClient", secret_arn: str | None) -> JWK | None:
    """Read the key from its secret: PEM or JWK, RSA or ECDSA. Without a secret there is none.

    Raises:
        CertificateError: The secret cannot be read or holds no usable key. The message quotes no content.
    """
    if secret_arn is None:
        return None
    try:
        text = secrets.get_secret_value(SecretId=secret_arn).get("SecretString", "").strip()
    except ClientError as error:
        raise CertificateError(
            f"The secret {secret_arn} with the ACME account's key cannot be read: {error}. "
            "Correct acme.account_key_secret_arn in this environment's settings, or restore the secret."
        ) from None
    key = parse(text)
    if key is None:
        raise CertificateError(
            f"The secret {secret_arn} does not hold an ACME account's private key. Put the key itself "
            "into it, as PEM without a password or as JWK: RSA, or ECDSA on P-256, P-384 or P-521."
        )
    return key


def parse(text: str) -> JWK | None:
    """Parse a key in PEM or JWK (RFC 7468, RFC 7517); return None if certbot cannot use it."""
    try:
        return _from_jwk(text) if text.startswith("{") else _from_pem(text)
    except Exception:
        return None


def _from_pem(text: str) -> JWK | None:
    key = load_pem_private_key(text.encode(), password=None)
    if isinstance(key, rsa.RSAPrivateKey):
        return JWKRSA(key=key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return JWKEC(key=key)
    return None


def _from_jwk(text: str) -> JWK | None:
    document = json.loads(text)
    # Both key types have their private part in "d" (RFC 7518, 6.2.2 and 6.3.2).
    key = JWK.from_json(document) if "d" in document else None
    return key if isinstance(key, JWKRSA | JWKEC) else None
