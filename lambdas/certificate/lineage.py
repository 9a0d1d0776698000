"""The files of certbot's certificate, and the checks before it is imported."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificate.errors import CertificateError

NAME = "instandt"
"""certbot's name for the certificate. It is part of the paths in its configuration directory."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """The current version of the certificate, all parts as PEM."""

    certificate: bytes
    chain: bytes
    private_key: bytes

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the certificate from certbot's configuration directory."""
        live = directory / "live" / NAME
        return cls(
            certificate=(live / "cert.pem").read_bytes(),
            chain=(live / "chain.pem").read_bytes(),
            private_key=(live / "privkey.pem").read_bytes(),
        )

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate without its chain."""
        return x509.load_pem_x509_certificate(self.certificate)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate."""
        return fingerprint(self.certificate)

    @property
    def names(self) -> frozenset[str]:
        """The DNS names that the certificate is valid for."""
        names = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return frozenset(names.get_values_for_type(x509.DNSName))

    @property
    def not_after(self) -> dt.datetime:
        """When the certificate expires."""
        return self.leaf.not_valid_after_utc

    @property
    def issuer(self) -> str:
        """The issuer's distinguished name (RFC 4514)."""
        return self.leaf.issuer.rfc4514_string()

    def check(self, *, domains: Sequence[str]) -> None:
        """Check what ACM does not check, or refuses without a reason.

        The key type must always be the same, because a reimport cannot change it ("Reimport a
        certificate", AWS Certificate Manager User Guide).

        Args:
            domains: The names that the certificate must have.

        Raises:
            CertificateError: The files do not belong together or do not fit the request.
        """
        key = load_pem_private_key(self.private_key, password=None)
        problem = None
        if len(x509.load_pem_x509_certificates(self.certificate)) != 1 or not self.chain.strip():
            problem = "certificate and chain are not in separate files"
        elif key.public_key() != self.leaf.public_key():
            problem = "the private key is not the certificate's"
        elif not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            problem = "the private key is not ECDSA on P-256"
        elif self.names != set(domains):
            problem = f"it is for {', '.join(sorted(self.names))}"
        if problem:
            raise CertificateError(
                f"certbot's certificate for {', '.join(domains)} was not imported: {problem}. "
                "Remove the entries under archive/, live/ and renewal/ from the state secret "
                "(the account may stay) and try again."
            )


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of a PEM certificate."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(SHA256())


def issuing_server(directory: Path) -> str | None:
    """Return the ACME directory URL that the certificate came from; None if there is no certificate."""
    renewal = directory / "renewal" / f"{NAME}.conf"
    if not renewal.exists():
        return None
    server = re.search(r"^server = (\S+)$", renewal.read_text(), re.MULTILINE)
    return server[1] if server else None
