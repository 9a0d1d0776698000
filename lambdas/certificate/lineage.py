"""The files of certbot's certificate, and the checks before it is used."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from certbot._internal.storage import ALL_FOUR, RenewableCert
from certbot.errors import CertStorageError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificate.errors import CertificateError

if TYPE_CHECKING:
    from certbot.configuration import NamespaceConfig

NAME = "instandt"
"""certbot's name for the certificate. It is part of the paths in its configuration directory."""

RENEWAL = f"renewal/{NAME}.conf"
"""The file by which certbot knows the certificate."""

LIFETIME_LEFT = dt.timedelta(days=1)
"""How long a certificate must still be valid to be used without asking the authority. A renewal comes
within half of it."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """The current version of the certificate, all parts as PEM."""

    certificate: bytes
    chain: bytes
    private_key: bytes

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the certificate from certbot's configuration directory.

        The key type must always be the same, because a reimport cannot change it ("Reimport a
        certificate", AWS Certificate Manager User Guide).

        Raises:
            ValueError: A part cannot be read, or the parts do not belong together. The message quotes none.
        """
        live = directory / "live" / NAME
        lineage = cls(
            certificate=(live / "cert.pem").read_bytes(),
            chain=(live / "chain.pem").read_bytes(),
            private_key=(live / "privkey.pem").read_bytes(),
        )
        try:
            certificates = x509.load_pem_x509_certificates(lineage.certificate)
            x509.load_pem_x509_certificates(lineage.chain)
            key = load_pem_private_key(lineage.private_key, password=None)
        except (ValueError, TypeError):
            raise ValueError("certificate, chain or private key cannot be read") from None
        if len(certificates) != 1:
            raise ValueError("certificate and chain are not in separate files")
        if key.public_key() != lineage.leaf.public_key():
            raise ValueError("the private key is not the certificate's")
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("the private key is not ECDSA on P-256")
        return lineage

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
    def is_valid_yet(self) -> bool:
        """Whether the certificate's time has begun."""
        return self.leaf.not_valid_before_utc <= dt.datetime.now(dt.UTC)

    @property
    def issuer(self) -> str:
        """The issuer's distinguished name (RFC 4514)."""
        return self.leaf.issuer.rfc4514_string()

    def fits(self, domains: Sequence[str]) -> bool:
        """Whether the certificate is for exactly these names and will be valid for a while."""
        left = self.not_after - dt.datetime.now(dt.UTC)
        return self.names == set(domains) and self.is_valid_yet and left > LIFETIME_LEFT


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The certificate that a former run has left, and the authority that it came from."""

    lineage: Lineage
    server: str
    """The URL of the authority's ACME directory."""

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """Read the certificate as certbot would; return None if there is none.

        Raises:
            ValueError: certbot would not find it, and order another one at each run. The message says why.
        """
        renewal = directory / RENEWAL
        if not renewal.exists():
            return None
        try:
            # certbot's own reader; it does not look at the configuration when it reads.
            read = RenewableCert(str(renewal), cast("NamespaceConfig", None))
            links = {kind: Path(getattr(read, kind)) for kind in ALL_FOUR}
            server = str(read.configuration["renewalparams"]["server"])
        except (CertStorageError, KeyError, TypeError, OSError, UnicodeError):
            raise ValueError(f"certbot cannot read {RENEWAL}") from None
        if links != {kind: directory / "live" / NAME / f"{kind}.pem" for kind in ALL_FOUR}:
            raise ValueError(f"{RENEWAL} is another certificate's")
        return cls(lineage=Lineage.read(directory), server=server)


def issued(directory: Path, *, domains: Sequence[str]) -> Lineage:
    """Read the certificate after certbot ran, and check what ACM does not check, or refuses without a reason.

    Args:
        directory: certbot's configuration directory.
        domains: The names that the certificate must have.

    Raises:
        CertificateError: The files do not belong together or do not fit the request.
    """
    try:
        lineage = Lineage.read(directory)
        if lineage.names != set(domains):
            raise ValueError(f"it is for {', '.join(sorted(lineage.names))}")
        if not lineage.is_valid_yet:
            begin = lineage.leaf.not_valid_before_utc
            raise ValueError(f"it is not valid before {begin.isoformat()}")
    except ValueError as error:
        raise CertificateError(
            f"certbot's certificate for {', '.join(domains)} was neither kept nor imported: {error}. "
            "Try again later; if it is the same then, ask the authority."
        ) from None
    return lineage


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of a PEM certificate."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(SHA256())
