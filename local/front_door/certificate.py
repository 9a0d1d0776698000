"""The listener's certificate, as ACM says, with the private key from certbot's state.

ACM never hands out the key of an imported certificate, which is right. The deployment keeps the key
in certbot's state in Secrets Manager; the one that fits ACM's certificate is taken, or none.
"""

import json
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

STAGES = ("AWSCURRENT", "AWSPREVIOUS")
"""A renewal saves the state before it imports: in between, ACM's key is in the previous version."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate and its chain, both in PEM."""

    body: str
    chain: str

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate without its chain."""
        return x509.load_pem_x509_certificate(self.body.encode())

    def __str__(self) -> str:
        return f"serial {self.leaf.serial_number:x}, valid until {self.leaf.not_valid_after_utc}"


def read(acm: "ACMClient", arn: str) -> Certificate:
    """Return what ACM holds."""
    answer = acm.get_certificate(CertificateArn=arn)
    return Certificate(body=answer["Certificate"], chain=answer.get("CertificateChain", ""))


def find_key(secrets: "SecretsManagerClient", state: str, certificate: Certificate) -> str:
    """Return the private key (PEM) that fits a certificate.

    Args:
        secrets: The client for the account and region of the load balancer.
        state: The name of the secret with certbot's state.
        certificate: What ACM holds.

    Raises:
        LookupError: No version of the state holds it.
    """
    wanted = certificate.leaf.public_key()
    for stage in STAGES:
        try:
            secret = secrets.get_secret_value(SecretId=state, VersionStage=stage)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                continue
            raise
        for text in json.loads(secret["SecretString"]).get("files", {}).values():
            if text.startswith("-----BEGIN") and "PRIVATE KEY" in text:
                key = load_pem_private_key(text.encode(), password=None)
                if key.public_key() == wanted:
                    return str(text)
    raise LookupError(f"the secret {state} holds no key for ACM's certificate, {certificate}")


def tls_context(certificate: Certificate, key: str) -> ssl.SSLContext:
    """Return what a server needs to present the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # ssl reads files only; the directory is the process's own and gone at once.
    with tempfile.TemporaryDirectory() as directory:
        pem = Path(directory, "pem")
        pem.write_text(f"{key}\n{certificate.body}\n{certificate.chain}\n")
        context.load_cert_chain(pem)
    return context
