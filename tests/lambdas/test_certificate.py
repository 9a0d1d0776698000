"""The certificate's life: issued once, renewed when due, always under one ARN."""

import datetime as dt
import json
import time
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from local.acme import AcmeServer
from tests.lambdas.certificates import NAMES, ORDER, AuthorityFactory, Certificates
from tests.lambdas.gate import Forward, Gate, Request, Response


def with_directory(response: Response, **entries: object) -> Response:
    """Add entries to the authority's directory (RFC 8555 7.1.1), if the response is that."""
    document = json.loads(response.body) if response.body.startswith(b"{") else {}
    if "newNonce" not in document:
        return response
    return Response.of_json({**document, **entries})


def wait_until(moment: dt.datetime) -> None:
    while dt.datetime.now(dt.UTC) < moment:
        time.sleep(0.05)


def test_a_certificate_is_issued_for_all_names(
    certificates: Certificates, authority: AcmeServer
) -> None:
    arn = certificates.create()

    chain = certificates.acm.get_certificate(CertificateArn=arn)["CertificateChain"]
    root = x509.load_pem_x509_certificate(authority.issuing_root().encode())
    for name in NAMES:
        verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName(name))
        verifier.verify(certificates.served(arn), x509.load_pem_x509_certificates(chain.encode()))
    assert certificates.challenges() == []


def test_a_certificate_that_is_not_due_is_left_alone(certificates: Certificates, arn: str) -> None:
    certificate, version = certificates.served(arn), certificates.secret_version()

    certificates.renew()

    assert certificates.served(arn) == certificate
    assert certificates.secret_version() == version


def test_a_certificate_that_is_due_is_renewed_in_place(
    certificates: Certificates, authority_factory: AuthorityFactory
) -> None:
    certificates.use(authority_factory(certificate_validity=dt.timedelta(seconds=6)))
    arn = certificates.create()
    first, account = certificates.served(arn), certificates.files("accounts/")
    wait_until(first.not_valid_before_utc + dt.timedelta(seconds=4))

    certificates.renew()

    assert certificates.served(arn).serial_number != first.serial_number
    assert certificates.arns() == [arn]
    assert certificates.files("accounts/") == account
    assert len(certificates.files("archive/")) == 4, "only the generation in use is kept"


def test_a_changed_name_keeps_the_arn(certificates: Certificates, arn: str) -> None:
    certificates.properties["Domains"] = [*NAMES, "new.instandt.localhost"]

    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["PhysicalResourceId"] == arn
    names = certificates.served(arn).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert "new.instandt.localhost" in names.value.get_values_for_type(x509.DNSName)


def test_another_authority_replaces_a_certificate_that_is_not_due(
    certificates: Certificates, arn: str, authority_factory: AuthorityFactory
) -> None:
    first, account = certificates.served(arn), certificates.files("accounts/")
    certificates.use(authority_factory())

    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["PhysicalResourceId"] == arn
    assert certificates.served(arn).issuer != first.issuer
    assert account.items() < certificates.files("accounts/").items()


def test_an_account_that_the_operator_brings_is_used(certificates: Certificates, arn: str) -> None:
    account = certificates.files("accounts/")
    certificates.properties["StateSecretArn"] = certificates.create_secret(
        json.dumps({"files": account})
    )

    assert certificates.create() == arn

    assert certificates.files("accounts/") == account


def test_an_import_that_was_cut_off_is_completed_by_the_next_run(
    certificates: Certificates, arn: str
) -> None:
    first, first_state = certificates.served(arn), certificates.secret()
    certificates.properties["Domains"] = NAMES[:1]
    certificates.request("Update", PhysicalResourceId=arn)
    second, second_state = certificates.served(arn), certificates.secret()
    certificates.import_from_state(json.loads(first_state), CertificateArn=arn)
    assert certificates.served(arn) == first

    certificates.renew()

    assert certificates.served(arn) == second
    assert certificates.secret() == second_state, "nothing was ordered"


def test_a_deleted_certificate_comes_back_without_an_order(
    certificates: Certificates, arn: str
) -> None:
    certificate, stored = certificates.served(arn), certificates.secret()

    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert certificates.arns() == []
    assert certificates.secret() == stored
    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert certificates.served(certificates.create()) == certificate


def test_the_authority_can_want_a_certificate_renewed_that_is_not_due(
    certificates: Certificates, arn: str, authority_gate: Gate
) -> None:
    first, account = certificates.served(arn), certificates.files("accounts/")
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}

    def inform(request: Request, forward: Forward) -> Response:
        if request.path.startswith("/renewal-info/"):  # RFC 9773
            return Response.of_json({"suggestedWindow": window})
        return with_directory(forward(request), renewalInfo=f"{origin}/renewal-info")

    origin = authority_gate.url.removesuffix("/dir")
    authority_gate.intercept = inform

    certificates.renew()

    assert certificates.served(arn).serial_number != first.serial_number
    assert certificates.arns() == [arn]
    assert certificates.files("accounts/") == account


@pytest.mark.parametrize(("offered", "ordered"), [("tlsserver", "tlsserver"), ("classic", None)])
def test_a_preferred_profile_is_ordered_where_it_is_offered(
    certificates: Certificates, arn: str, authority_gate: Gate, offered: str, ordered: str | None
) -> None:
    authority_gate.intercept = lambda request, forward: with_directory(
        forward(request), meta={"profiles": {offered: "https://example.com/profile"}}
    )
    certificates.properties |= {"Profile": "tlsserver", "Domains": NAMES[:1]}

    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    (order,) = authority_gate.sent(ORDER)
    assert order.payload().get("profile") == ordered


def test_a_changed_address_is_told_to_the_authority_by_the_next_renewal(
    certificates: Certificates, arn: str, authority_gate: Gate
) -> None:
    certificates.properties["Email"] = "new@example.com"
    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert authority_gate.requests == []

    certificates.renew()
    certificates.renew()

    (account,) = {
        json.loads(t)["uri"] for p, t in certificates.files("accounts/").items() if "regr" in p
    }
    (change,) = authority_gate.sent(urlsplit(account).path)
    assert change.payload()["contact"] == ["mailto:new@example.com"]
