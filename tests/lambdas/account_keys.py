"""Keys of ACME accounts as operators have them, and another tool than certbot that registered them."""

from collections.abc import Iterable

from acme.client import ClientNetwork, ClientV2
from acme.messages import NewRegistration
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from josepy.jwa import ES256, RS256
from josepy.jwk import JWK, JWKEC, JWKRSA

from tests.lambdas.gate import Request

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(
    key: PrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def as_jwk(key: PrivateKey) -> JWK:
    return JWKRSA(key=key) if isinstance(key, rsa.RSAPrivateKey) else JWKEC(key=key)


def jwk(key: PrivateKey) -> str:
    return str(as_jwk(key).json_dumps())


def traditional_pem(key: PrivateKey) -> str:
    return f"\n{pem(key, PrivateFormat.TraditionalOpenSSL)}\n"


def client_of(directory_url: str, key: PrivateKey) -> ClientV2:
    """Return another tool than certbot."""
    algorithm = RS256 if isinstance(key, rsa.RSAPrivateKey) else ES256
    network = ClientNetwork(as_jwk(key), alg=algorithm)
    return ClientV2(ClientV2.get_directory(directory_url, network), network)


def register(directory_url: str, key: PrivateKey) -> str:
    """Register an account, as the operator did long ago, and return its address."""
    new = NewRegistration(terms_of_service_agreed=True)
    return str(client_of(directory_url, key).new_account(new).uri)


def public_pem(key: PrivateKey) -> str:
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def public_jwk(key: PrivateKey) -> str:
    return str(as_jwk(key).public_key().json_dumps())


def new_accounts(asked: Iterable[Request]) -> list[dict[str, object]]:
    """Return what of the requests for an account was not a mere look-up (RFC 8555 7.3.1)."""
    payloads = [request.payload() for request in asked]
    return [payload for payload in payloads if payload.get("onlyReturnExisting") is not True]
