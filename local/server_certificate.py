"""Certificates for the TLS servers on this machine, each under a root of its own."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def write(address: str, *, root: Path, certificate: Path, key: Path) -> None:
    """Write a new root, and a certificate that it issued to a server at an address, all in PEM.

    Args:
        address: An IP address or a name.
        root: The file of the root; its key is forgotten, so it issues nothing else.
        certificate: The file of the server's certificate.
        key: The file of the server's key, readable for its owner only.
    """
    root_text, certificate_text, key_text = _issue(address)
    root.write_text(root_text)
    certificate.write_text(certificate_text)
    key.touch(mode=0o600)
    key.write_text(key_text)


def _issue(address: str) -> tuple[str, str, str]:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Root of {address}")
    root = (
        _certificate(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    certificate = (
        _certificate(_name(address), root_name, key.public_key())
        .add_extension(x509.SubjectAlternativeName([_general_name(address)]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (
        root.public_bytes(Encoding.PEM).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
        private.decode(),
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=365))
    )


def _general_name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)
