"""The section [acme]."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import field_validator

from instandt_cdk.settings.section import EmailAddress, Section, Text, Word, refused

SecretArn = Annotated[
    str,
    Text(
        r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}",
        "a secret's complete ARN, which ends in a hyphen and six characters",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-Ab1Cd2",
        longest=2048,
    ),
]


class ExternalAccountBinding(Section):
    """The credentials that some certificate authorities give to their customers (RFC 8555, 7.3.4)."""

    key_id: Word
    """The key identifier that the authority gave you."""

    hmac_key_secret_arn: SecretArn
    """The complete ARN of the Secrets Manager secret whose text is the authority's HMAC key. The secret must
    be in the environment's account and region, and encrypted with the AWS managed key of Secrets Manager: the
    function that reads it may use no key of yours."""


class AcmeSettings(Section):
    """The certificate authority of the load balancer's certificate.

    The secret in `account_key_secret_arn` must be in the environment's account and region, and encrypted with
    the AWS managed key of Secrets Manager. The authority looks up the account of that key and never registers
    a new one for it. The account keeps its e-mail address until you change `email`. If the secret later holds
    another key, that key's account is used from the next run on, within 12 hours.
    """

    email: EmailAddress
    """The address that the authority writes to about expiring certificates and changed terms. The authority
    learns of a change with the next renewal, within 12 hours."""

    directory_url: Annotated[
        str,
        # The characters of RFC 3986, section 2.
        Text(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", "a URL", "https://ca.example.com/directory"),
    ] = "https://acme-v02.api.letsencrypt.org/directory"
    """The URL of the authority's ACME directory. Let's Encrypt's staging directory,
    "https://acme-staging-v02.api.letsencrypt.org/directory", has generous rate limits, but CloudFront does
    not trust its certificates."""

    profile: Word | None = None
    """The certificate profile to use if the authority offers it, for example "tlsserver" or "shortlived" with
    Let's Encrypt. A change applies from the next certificate on."""

    account_key_secret_arn: SecretArn | None = None
    """Only if you already have an account at the authority; without it, a new one is registered. The complete
    ARN of the Secrets Manager secret whose text is the account's private key: PEM without a password, or JWK
    as certbot stores it; RSA, or ECDSA on P-256, P-384 or P-521."""

    external_account_binding: ExternalAccountBinding | None = None
    """Only for authorities that require one."""

    @field_validator("directory_url")
    @classmethod
    def _https_only(cls, value: str) -> str:
        try:
            url = urlsplit(value)
            complete = url.hostname and url.port != 0
        except ValueError:
            complete = False
        if not complete:
            raise refused('is not a URL; write one such as "https://ca.example.com/directory"')
        if url.scheme != "https":
            raise refused("is not https, which RFC 8555 (6.1) requires; use the https URL")
        if "@" in url.netloc:
            raise refused(
                "has a user or a password, which templates and logs would show; remove it, because an "
                "authority asks for neither"
            )
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """An existing account needs no external account binding."""
        if self.account_key_secret_arn and self.external_account_binding:
            yield (
                "account_key_secret_arn",
                "names the key of an existing account, but external_account_binding is for registering a new "
                "one; remove one of the two",
            )
