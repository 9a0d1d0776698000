"""The accounts at certificate authorities, in certbot's configuration directory."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from acme.messages import RegistrationResource
from certbot._internal.account import Account
from cryptography.hazmat.primitives.asymmetric import rsa
from josepy.jwk import JWK, JWKRSA

from certificate import certbot, state
from certificate.request import CertificateRequest

_REGISTRATION = "certificate.registration"


def check(directory: Path) -> None:
    """Check that certbot can read the accounts; it would overlook one that it cannot, and make another.

    Raises:
        ValueError: It cannot. The message quotes no content.
    """
    for account in directory.glob("accounts/**/private_key.json"):
        for name, read in _READERS.items():
            file = account.with_name(name)
            try:
                read(file.read_text())
            # The parsers' errors have no common base class, and may quote the key.
            except Exception:
                raise ValueError(
                    f"{file.relative_to(directory)} is not what certbot wrote"
                ) from None


def _read_key(text: str) -> JWK:
    # The private part of both key types (RFC 7518, 6.2.2 and 6.3.2).
    if "d" not in json.loads(text):
        raise ValueError("it is a public key")
    return JWK.json_loads(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "private_key.json": _read_key,
    "regr.json": RegistrationResource.json_loads,
    "meta.json": Account.Meta.json_loads,
}


def are_as_requested(request: CertificateRequest, *, directory: Path, key: JWK | None) -> bool:
    """Whether the directory has an account at the authority, and only that of the key if there is one."""
    accounts = _accounts(request, directory)
    return bool(accounts) and (key is None or all(_has_key(account, key) for account in accounts))


def prepare_key(directory: Path) -> None:
    """Make the key of a new account, if there is none. Save it before the account is registered."""
    path = directory / state.NEW_ACCOUNT_KEY
    if not path.exists():
        # certbot's kind of key; every authority must support it (RFC 8555, 6.2)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        _write(path, JWKRSA(key=key).json_dumps())


def register(
    request: CertificateRequest, *, directory: Path, hmac_key: str | None, deadline: float
) -> None:
    """Register the account of the prepared key, or find it if a run that was killed has registered it.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        hmac_key: The key of the external account binding, if the request has one.
        deadline: When certbot must have ended, in seconds of the monotonic clock.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    key_file = directory / state.NEW_ACCOUNT_KEY
    arguments = [str(key_file), "register", "--agree-tos", f"--email={request.email}"]
    if hmac_key is not None:
        # Every process can read a command line, but not a file of mode 0600.
        binding = directory / "external-account.ini"
        _write(
            binding,
            f"eab-kid = {request.external_account_key_id}\neab-hmac-key = {hmac_key}\n",
        )
        arguments.append(f"--config={binding}")
    certbot.run(request, arguments, directory=directory, deadline=deadline, module=_REGISTRATION)
    key_file.unlink()


def adopt(request: CertificateRequest, *, directory: Path, key: JWK, deadline: float) -> None:
    """Make the account of a key the only one in the directory, and look it up at the authority if needed.

    With several accounts, certbot could not choose one. A replaced account still exists at the
    authority, and its key is in the previous version of the state.

    Args:
        request: The certificate.
        directory: certbot's configuration directory.
        key: The account's private key.
        deadline: When certbot must have ended, in seconds of the monotonic clock.

    Raises:
        CertbotError: certbot failed, or temporary failures lasted too long.
    """
    present = _accounts(request, directory)
    others = [account for account in present if not _has_key(account, key)]
    if others == present:
        key_file = directory / "adopted-account-key.json"
        _write(key_file, key.json_dumps())
        arguments = [str(key_file), "register"]
        certbot.run(
            request, arguments, directory=directory, deadline=deadline, module=_REGISTRATION
        )
    for account in others:
        shutil.rmtree(account)


def tell_email(request: CertificateRequest, *, directory: Path, deadline: float) -> None:
    """Tell the authority the account's e-mail address if it changed. Arguments and errors: see `register`.

    An account that the operator brought keeps its address until the request's address changes.
    """
    (account, *_) = _accounts(request, directory)
    known = account / state.EMAIL
    if known.exists() and known.read_text() != request.email:
        arguments = ["update_account", "--no-eff-email", f"--email={request.email}"]
        certbot.run(request, arguments, directory=directory, deadline=deadline)
    _write(known, request.email)


def _accounts(request: CertificateRequest, directory: Path) -> list[Path]:
    server = urlsplit(request.directory_url)
    accounts = directory / "accounts" / server.netloc / server.path.strip("/")
    return [registration.parent for registration in accounts.glob("*/regr.json")]


def _has_key(account: Path, key: JWK) -> bool:
    held = JWK.json_loads((account / "private_key.json").read_text())
    return bool(held.thumbprint() == key.thumbprint())  # RFC 7638


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
