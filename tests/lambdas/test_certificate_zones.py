"""certbot chooses the zone by itself; if that is not the one in the settings, the function says so before."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.lambdas.certificates import Certificates
from tests.lambdas.gate import Gate

CreateZone = Callable[..., str]


@pytest.fixture
def create_zone(certificates: Certificates) -> Iterator[CreateZone]:
    """Create hosted zones that are deleted after the test."""
    created = []

    def create(name: str, **options: object) -> str:
        reference = str(uuid.uuid4())
        zone = certificates.route53.create_hosted_zone(
            Name=name,
            CallerReference=reference,
            **options,  # type: ignore[arg-type]
        )["HostedZone"]
        created.append(zone["Id"])
        return zone["Id"].rpartition("/")[2]

    yield create
    for zone_id in created:
        certificates.route53.delete_hosted_zone(Id=zone_id)


def refusal(certificates: Certificates, authority_gate: Gate) -> str:
    answer = certificates.request("Create")
    assert answer["Status"] == "FAILED"
    assert authority_gate.requests == []
    assert certificates.secret() == "{}"
    return str(answer["Reason"])


def test_a_longer_zone_is_named(
    certificates: Certificates, authority_gate: Gate, create_zone: CreateZone
) -> None:
    longer = create_zone("internal.instandt.localhost")

    reason = refusal(certificates, authority_gate)

    assert f"in the public hosted zone internal.instandt.localhost ({longer})" in reason
    assert f"site.hosted_zone_id is {certificates.properties['HostedZoneId']}" in reason
    assert "set site.hosted_zone_id and site.hosted_zone_name to it; otherwise delete it" in reason


def test_the_first_of_two_zones_of_one_name_is_named(
    certificates: Certificates, authority_gate: Gate, create_zone: CreateZone
) -> None:
    create_zone("instandt.localhost")
    listed = certificates.route53.list_hosted_zones()["HostedZones"]
    first, second = (zone["Id"].rpartition("/")[2] for zone in listed)
    certificates.properties["HostedZoneId"] = second

    assert f"in the public hosted zone instandt.localhost ({first})" in refusal(
        certificates, authority_gate
    )


def test_a_name_without_a_public_zone_is_explained(
    certificates: Certificates, authority_gate: Gate, create_zone: CreateZone
) -> None:
    create_zone("example.com", VPC={"VPCRegion": "eu-central-1", "VPCId": "vpc-1"})
    certificates.properties["Domains"] = ["internal.example.com"]

    reason = refusal(certificates, authority_gate)

    assert "There is no public hosted zone of internal.example.com" in reason
    assert certificates.request("Delete", PhysicalResourceId="none")["Status"] == "SUCCESS"


def test_a_zone_of_another_name_does_not_matter(
    certificates: Certificates, arn: str, create_zone: CreateZone
) -> None:
    create_zone("dt.localhost")
    create_zone("other.instandt.localhost")

    with certificates.unharmed(arn):
        certificates.renew()
