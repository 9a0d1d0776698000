"""What the stack asks for: the custom resource's properties, parsed once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from certificate.errors import CertificateError

MAXIMUM_NAMES = 100
"""Let's Encrypt's limit of names in a certificate (letsencrypt.org/docs/rate-limits)."""

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_SECRET_ARN = (r"arn:\S+:secretsmanager:\S+", "the ARN of a Secrets Manager secret")
_RULES = {
    "DirectoryUrl": (r"https://\S+", "the https address of an ACME directory"),
    "Email": (r"[^@\s,]+@[^@\s,]+", "an e-mail address"),
    "StateSecretArn": _SECRET_ARN,
    "CertificateName": (r"[A-Za-z0-9 _.:/=+@-]{1,256}", "a value that a tag can have"),
}
_DOMAIN = re.compile(rf"(\*\.)?({_LABEL}\.)+{_LABEL}")


@dataclass(frozen=True, kw_only=True)
class ExternalAccount:
    """An account at the authority, to which the ACME account is bound (RFC 8555 7.3.4)."""

    key_id: str
    hmac_key_secret_arn: str
    """Secret whose whole string is the HMAC key, base64url as the authority hands it out."""


@dataclass(frozen=True, kw_only=True)
class CertificateRequest:
    """A certificate, its authority, and where its state is kept."""

    name: str
    """Identity: the value of the tag by which the certificate is found in ACM."""
    domains: tuple[str, ...]
    """Names in the certificate; the first is its common name."""
    directory_url: str
    email: str
    state_secret_arn: str
    hosted_zone_id: str | None
    """Public zone of the names; for messages only, because certbot finds it by itself."""
    external_account: ExternalAccount | None
    account_key_secret_arn: str | None
    """Secret with the key of an account that exists; None lets certbot register one."""
    profile: str | None
    """Kind of certificate among those that the authority offers, such as Let's Encrypt's "tlsserver"
    (letsencrypt.org/docs/profiles); one that does not offer it issues its default."""

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Parse `ResourceProperties`.

        Raises:
            CertificateError: Properties are missing or wrong; the message names all of them.
        """
        problems = [
            f"{key} is {properties.get(key)!r}, but must be {rule}"
            for key, (pattern, rule) in _RULES.items()
            if not re.fullmatch(pattern, str(properties.get(key, "")))
        ]
        domains = properties.get("Domains")
        if not isinstance(domains, list) or not 1 <= len(domains) <= MAXIMUM_NAMES:
            problems.append(f"Domains is {domains!r}, but must list 1 to {MAXIMUM_NAMES} names")
        else:
            problems += [
                f"Domains has {domain!r}, which is no lower-case domain name"
                for domain in domains
                if not _DOMAIN.fullmatch(str(domain))
            ]
        binding = properties.get("ExternalAccountBinding")
        if binding and not {"KeyId", "HmacKeySecretArn"} <= set(binding):
            problems.append("ExternalAccountBinding must have KeyId and HmacKeySecretArn")
        profile = properties.get("Profile")
        account_key = properties.get("AccountKeySecretArn")
        if account_key is not None and not re.fullmatch(_SECRET_ARN[0], str(account_key)):
            problems.append(f"AccountKeySecretArn is {account_key!r}, but must be {_SECRET_ARN[1]}")
        if profile is not None and not re.fullmatch(r"[!-~]+", str(profile)):
            problems.append(f"Profile is {profile!r}, but must be a word")
        if problems:
            raise CertificateError(
                f"The certificate cannot be requested: {'; '.join(problems)}. "
                "Correct the settings of this environment and deploy again."
            )
        return cls(
            name=properties["CertificateName"],
            domains=tuple(domains or ()),
            directory_url=properties["DirectoryUrl"],
            email=properties["Email"],
            state_secret_arn=properties["StateSecretArn"],
            hosted_zone_id=properties.get("HostedZoneId"),
            external_account=ExternalAccount(
                key_id=binding["KeyId"], hmac_key_secret_arn=binding["HmacKeySecretArn"]
            )
            if binding
            else None,
            account_key_secret_arn=account_key,
            profile=profile,
        )
