"""The properties of the custom resource, and the event of the renewal schedule."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from certificate.errors import CertificateError
from custom_resource import Properties

RENEW = "Renew"
"""The schedule's RequestType, in addition to CloudFormation's three."""

LOCK_KEY = "Name"
"""The key of the table with the locks: the certificate's name."""

MAXIMUM_NAMES = 100
"""The most names that Let's Encrypt puts into a certificate (letsencrypt.org/docs/rate-limits)."""

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(\*\.)?({_LABEL}\.)+{_LABEL}")
_SECRET_ARN = (r"arn:\S+:secretsmanager:\S+", "the ARN of a Secrets Manager secret")
_RULES = {
    "DirectoryUrl": (r"https://\S+", "the https address of an ACME directory"),
    "Email": (r"[^@\s,]+@[^@\s,]+", "an e-mail address"),
    "StateSecretArn": _SECRET_ARN,
    "CertificateName": (r"[A-Za-z0-9 _.:/=+@-]{1,256}", "a value that a tag can have"),
    "HostedZoneId": (r"Z[A-Z0-9]+", "the id of a hosted zone"),
    "LockTable": (r"\S+", "the name of a DynamoDB table"),
}
_OPTIONAL_RULES = {
    "Profile": (r"[!-~]+", "a word"),
    "AccountKeySecretArn": _SECRET_ARN,
    "ExternalAccountKeyId": (r"\S+", "the key identifier that the authority gave"),
    "ExternalAccountHmacKeySecretArn": _SECRET_ARN,
}


@dataclass(frozen=True, kw_only=True)
class CertificateRequest(Properties):
    """The requested certificate, its authority, and the secret with its state."""

    certificate_name: str
    """The value of the tag by which the certificate is found in ACM."""
    domains: Sequence[str]
    """The names in the certificate; the first is its common name."""
    directory_url: str
    email: str
    hosted_zone_id: str
    """The public zone of the names, the only one that the function may write into."""
    lock_table: str
    """The table with the locks, so that one run at a time works on the certificate."""
    state_secret_arn: str
    external_account_key_id: str | None = None
    """The key id of the external account that the ACME account is bound to (RFC 8555, 7.3.4)."""
    external_account_hmac_key_secret_arn: str | None = None
    """The secret whose text is the external account's HMAC key, base64url as the authority gave it."""
    account_key_secret_arn: str | None = None
    """The secret with the key of an existing ACME account; with None, certbot registers one."""
    profile: str | None = None
    """The certificate profile, such as Let's Encrypt's "tlsserver" (letsencrypt.org/docs/profiles). An
    authority without this profile issues its default."""

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Read `ResourceProperties`.

        Raises:
            CertificateError: Properties are missing or wrong. The message names all of them.
        """
        optional = {key: rule for key, rule in _OPTIONAL_RULES.items() if key in properties}
        problems = [
            f"{key} is {properties.get(key)!r}, but must be {rule}"
            for key, (pattern, rule) in {**_RULES, **optional}.items()
            if not re.fullmatch(pattern, str(properties.get(key, "")))
        ]
        problems += _problems_of_domains(properties.get("Domains"))
        bound = [key for key in _OPTIONAL_RULES if key.startswith("ExternalAccount")]
        if any(key in properties for key in bound) and not all(key in properties for key in bound):
            problems.append(f"{' and '.join(bound)} must be given together")
        if problems:
            raise CertificateError(
                f"The certificate cannot be requested: {'; '.join(problems)}. "
                "Correct the settings of this environment and deploy again."
            )
        return super().from_properties(properties)


def renewal(*, arn: str, request: CertificateRequest) -> dict[str, Any]:
    """Return the event that the schedule sends.

    Args:
        arn: The certificate's ARN.
        request: The request that it was created with.
    """
    return {
        "RequestType": RENEW,
        "PhysicalResourceId": arn,
        "ResourceProperties": request.to_properties(),
    }


def _problems_of_domains(domains: object) -> list[str]:
    if not isinstance(domains, list) or not 1 <= len(domains) <= MAXIMUM_NAMES:
        return [f"Domains is {domains!r}, but must list 1 to {MAXIMUM_NAMES} names"]
    return [
        f"Domains has {domain!r}, which is not a lower-case domain name"
        for domain in domains
        if not _DOMAIN.fullmatch(str(domain))
    ]
