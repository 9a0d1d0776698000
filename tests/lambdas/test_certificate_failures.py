"""A certificate that cannot be had: loud, explained, and nothing is worse than before."""

import datetime as dt
import json
import logging
import re
import threading
import time

import pytest

from certificate import failures
from certificate.errors import CertificateError
from tests.lambdas.certificates import AuthorityFactory, Certificates


@pytest.mark.parametrize("validity", [dt.timedelta(seconds=1), dt.timedelta(days=90)])
def test_an_authority_that_is_down_fails_the_renewal_and_changes_nothing(
    certificates: Certificates, authority_factory: AuthorityFactory, validity: dt.timedelta
) -> None:
    authority = authority_factory(certificate_validity=validity)
    certificates.use(authority)
    arn = certificates.create()
    certificate, version = certificates.served(arn), certificates.secret_version()
    authority.stop()

    certificates.seconds = 32
    with pytest.raises(CertificateError, match=r"(?s)refused.*directory URL is right"):
        certificates.renew()

    assert certificates.served(arn) == certificate
    assert certificates.secret_version() == version


def test_certbot_is_stopped_in_time_and_removes_its_records(
    certificates: Certificates, authority_factory: AuthorityFactory
) -> None:
    certificates.use(authority_factory(validation_delay=dt.timedelta(hours=1)))
    certificates.seconds = 40
    answers = []
    run = threading.Thread(target=lambda: answers.append(certificates.request("Create")))
    run.start()
    while run.is_alive() and not certificates.challenges():
        time.sleep(0.05)
    assert certificates.challenges()
    run.join()

    assert answers[0]["Status"] == "FAILED"
    assert "no time is left" in answers[0]["Reason"]
    assert certificates.challenges() == []


def test_wrong_properties_are_reported_together(certificates: Certificates) -> None:
    certificates.properties |= {
        "Email": "nobody",
        "Domains": ["UPPER.example.com"],
        "AccountKeySecretArn": "account-key",
    }
    del certificates.properties["CertificateName"]

    answer = certificates.request("Create")

    assert answer["Status"] == "FAILED"
    for wrong in ("Email", "UPPER.example.com", "CertificateName", "account-key"):
        assert wrong in answer["Reason"]


@pytest.mark.parametrize("retry_after", ["soon", "9" * 20, "Sat, 99 Nov 2026 00:00:00 GMT"])
def test_a_retry_after_that_is_no_time_is_ignored(retry_after: str) -> None:
    assert failures.retry_notice({"Retry-After": retry_after}) is None


def test_a_renewal_makes_no_certificate_that_nobody_asked_for(certificates: Certificates) -> None:
    with pytest.raises(CertificateError, match="Deploy the stack"):
        certificates.renew()

    assert certificates.arns() == []


def test_nothing_secret_is_logged_or_answered(
    certificates: Certificates,
    authority_factory: AuthorityFactory,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    hmac_key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    certificates.properties |= {
        "ExternalAccountKeyId": "key-1",
        "ExternalAccountHmacKeySecretArn": certificates.create_secret(hmac_key),
    }
    certificates.use(authority_factory(external_account_keys={"key-1": hmac_key}))
    caplog.set_level(logging.DEBUG)

    certificates.create()
    certificates.renew()
    certificates.properties["Domains"] = ["internal.example.com"]
    failed = certificates.request("Update", PhysicalResourceId="none")

    said = caplog.text + "".join(capfd.readouterr()) + json.dumps(failed)
    assert "certbot: Successfully received certificate" in said
    (account_key,) = (
        json.loads(text)
        for path, text in certificates.files("accounts/").items()
        if path.endswith("private_key.json")
    )
    (private_key,) = (
        text for path, text in certificates.files("archive/").items() if "privkey" in path
    )
    key_lines = re.findall(r"^[A-Za-z0-9+/=]{20,}$", private_key, re.MULTILINE)
    assert key_lines
    for secret in (hmac_key, *key_lines, *(account_key[part] for part in "dpq")):
        assert secret not in said
    assert "Authorization" not in said
