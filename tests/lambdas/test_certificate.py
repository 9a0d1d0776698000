"""The certificate's life: issued once, renewed when due, always under one ARN."""

import datetime as dt
import json
import time

import boto3
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from local.acme import AcmeServer
from tests.lambdas.certificates import NAMES, AuthorityFactory, Certificates


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


def test_a_repeated_create_orders_nothing(certificates: Certificates) -> None:
    arn = certificates.create()
    certificate, stored = certificates.served(arn), certificates.secret()

    assert certificates.create() == arn
    assert certificates.served(arn) == certificate
    assert certificates.secret() == stored
    assert certificates.arns() == [arn]


def test_a_certificate_that_is_not_due_is_left_alone(certificates: Certificates) -> None:
    arn = certificates.create()
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


def test_a_changed_name_keeps_the_arn(certificates: Certificates) -> None:
    arn = certificates.create()
    certificates.properties["Domains"] = [*NAMES, "new.instandt.localhost"]

    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["PhysicalResourceId"] == arn
    names = certificates.served(arn).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert "new.instandt.localhost" in names.value.get_values_for_type(x509.DNSName)


def test_another_authority_replaces_a_certificate_that_is_not_due(
    certificates: Certificates, authority_factory: AuthorityFactory
) -> None:
    arn = certificates.create()
    first, account = certificates.served(arn), certificates.files("accounts/")
    certificates.use(authority_factory())

    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["PhysicalResourceId"] == arn
    assert certificates.served(arn).issuer != first.issuer
    assert account.items() < certificates.files("accounts/").items()


def test_an_account_that_the_operator_brings_is_used(certificates: Certificates) -> None:
    certificates.create()
    account = certificates.files("accounts/")
    certificates.properties["StateSecretArn"] = certificates.create_secret(
        json.dumps({"files": account})
    )

    certificates.create()

    assert certificates.files("accounts/") == account


def test_an_import_that_was_cut_off_is_completed_by_the_next_run(
    certificates: Certificates,
) -> None:
    arn = certificates.create()
    first, first_state = certificates.served(arn), certificates.secret()
    certificates.properties["Domains"] = NAMES[:1]
    certificates.request("Update", PhysicalResourceId=arn)
    second, second_state = certificates.served(arn), certificates.secret()
    certificates.import_from_state(arn, json.loads(first_state))
    assert certificates.served(arn) == first

    certificates.renew()

    assert certificates.served(arn) == second
    assert certificates.secret() == second_state, "nothing was ordered"


def test_a_deleted_certificate_comes_back_without_an_order(certificates: Certificates) -> None:
    arn = certificates.create()
    certificate, stored = certificates.served(arn), certificates.secret()

    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert certificates.arns() == []
    assert certificates.secret() == stored
    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert certificates.served(certificates.create()) == certificate


def test_a_certificate_in_use_is_deleted_once_it_is_let_go(certificates: Certificates) -> None:
    arn = certificates.create()
    signer = boto3.client("signer")
    signer.put_signing_profile(
        profileName="holder",
        platformId="AmazonFreeRTOS-Default",
        signingMaterial={"certificateArn": arn},
    )
    certificates.seconds = 21
    answer = certificates.request("Delete", PhysicalResourceId=arn)
    assert answer["Status"] == "FAILED"
    assert "holder" in answer["Reason"]

    signer.cancel_signing_profile(profileName="holder")
    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert certificates.arns() == []
