"""The section [acme]."""

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import field_validator

from instandt_cdk.settings.section import EmailAddress, Section, Text, Word, refused

SecretArn = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}",
        "a secret's complete ARN, which ends in a hyphen and six characters",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-Ab1Cd2",
        longest=2048,
    ),
]


class ExternalAccountBinding(Section):
    """What a certificate authority that is not open to everybody hands to its customers (RFC 8555, 7.3.4)."""

    key_id: Word
    """The key identifier the authority gave you."""

    hmac_key_secret_arn: SecretArn
    """The complete ARN of the Secrets Manager secret that holds the authority's HMAC key as its text. The
    secret must be in the environment's account and region."""


class AcmeSettings(Section):
    """The certificate authority of the load balancer's certificate."""

    email: EmailAddress
    """Whom the authority tells about expiring certificates and changed terms."""

    directory_url: str = "https://acme-v02.api.letsencrypt.org/directory"
    """The authority's ACME directory. Let's Encrypt's staging directory,
    "https://acme-staging-v02.api.letsencrypt.org/directory", has generous limits but CloudFront does not
    trust its certificates."""

    profile: Word | None = None
    """The certificate profile to prefer where the authority offers it, for example Let's Encrypt's
    "tlsserver" or "shortlived"; it counts from the next certificate on."""

    account_key_secret_arn: SecretArn | None = None
    """Only to go on with an account that you already have at the authority; without it one is registered.
    The complete ARN of the Secrets Manager secret, in the environment's account and region and under AWS's
    own key for secrets, whose text is the account's private key: PEM without a password, or JWK as certbot
    keeps it; RSA, or ECDSA on P-256, P-384 or P-521. The authority is asked for the account of this key,
    never for a new one. The account's e-mail address stays what it is until `email` is changed. If the
    secret later holds another key, the next run, within 12 hours, goes on with that key's account."""

    external_account_binding: ExternalAccountBinding | None = None
    """Only for authorities that ask for one."""

    @field_validator("directory_url")
    @classmethod
    def _https_only(cls, value: str) -> str:
        try:
            url = urlsplit(value)
            complete = url.hostname and url.port != 0 and not re.search(r"\s", value)
        except ValueError:
            complete = False
        if not complete:
            raise refused('is not an address; write one such as "https://ca.example.com/directory"')
        if url.scheme != "https":
            raise refused("is not https, which RFC 8555 (6.1) requires; use the https address")
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """An account that exists is bound already."""
        if self.account_key_secret_arn and self.external_account_binding:
            yield (
                "account_key_secret_arn",
                "names the key of an account that exists, but external_account_binding is for registering a "
                "new one; remove one of the two",
            )
