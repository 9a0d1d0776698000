"""The domain: its zone, its delegation, and who may certify its names."""

import uuid
from typing import Any

import pytest

from instandt_cdk.doctor import domain
from tests.doctor.stubs import lines, resolver_at, resolving
from tests.support.emulated import Cloud
from tests.support.servers import free_port
from tests.support.settings_files import SettingsFactory

NAMES = (
    'site.domain = "app.{0}"',
    'site.internal_name = "in.{0}"',
    'site.hosted_zone_name = "{0}"',
)


def _site(settings: SettingsFactory, zone: str, zone_id: str) -> Any:  # noqa: ANN401 - a section
    changes = [change.format(zone) for change in NAMES]
    return settings(*changes, f'site.hosted_zone_id = "{zone_id}"').site


def _create(cloud: Cloud, name: str, **options: Any) -> tuple[str, list[str]]:  # noqa: ANN401 - Route 53's
    created = cloud.client("route53").create_hosted_zone(
        Name=name, CallerReference=str(uuid.uuid4()), **options
    )
    servers = created.get("DelegationSet", {}).get("NameServers", [])
    return created["HostedZone"]["Id"].removeprefix("/hostedzone/"), servers


def test_the_zone(cloud: Cloud, settings: SettingsFactory) -> None:
    route53 = cloud.client("route53")
    public, _ = _create(cloud, "zone.test")
    private, _ = _create(
        cloud,
        "zone.test",
        VPC={"VPCRegion": "eu-central-1", "VPCId": "vpc-00000001"},
        HostedZoneConfig={"PrivateZone": True},
    )

    def found(name: str, zone_id: str) -> list[str]:
        return lines(domain.has_zone(route53, _site(settings, name, zone_id)))

    assert found("zone.test", public) == [f"✓ zone.test is {public}, a public zone"]
    assert found("zone.test", private) == [
        f"✗ the hosted zone {private} of zone.test is private, so no certificate authority and no "
        "browser can see it → set site.hosted_zone_id to the public zone"
    ]
    (line,) = found("other.test", public)
    assert line.startswith(
        f'✗ the hosted zone {public} is for "zone.test", not for "other.test" → correct '
    )
    (line,) = found("zone.test", "ZNOWHERE")
    assert line.startswith(
        "✗ there is no hosted zone ZNOWHERE in this account → correct site.hosted_zone_id"
    )


def test_the_zone_that_certbot_takes(cloud: Cloud, settings: SettingsFactory) -> None:
    route53 = cloud.client("route53")
    for _ in range(2):
        _create(cloud, "taken.test")
    first, second = (
        zone["Id"].removeprefix("/hostedzone/")
        for zone in route53.list_hosted_zones()["HostedZones"]
        if zone["Name"] == "taken.test."
    )

    def found(zone_id: str) -> list[str]:
        return lines(domain.certbot_takes_it(route53, _site(settings, "taken.test", zone_id)))

    def refusal(name: str, taken: str, zone: str, zone_id: str) -> str:
        return (
            f"✗ certbot would prove the control of {name} in the public hosted zone {zone} ({taken}), but "
            f"site.hosted_zone_id is {zone_id} → if public DNS leads to {taken}, set site.hosted_zone_id "
            "and site.hosted_zone_name to it; otherwise delete it"
        )

    assert found(first) == ["✓ certbot takes it for in.taken.test and app.taken.test"]
    assert found(second) == [refusal("in.taken.test", first, "taken.test", second)]
    longer, _ = _create(cloud, "in.taken.test")
    assert found(first) == [refusal("in.taken.test", longer, "in.taken.test", first)]
    # The check of the zone itself reports this.
    assert found("ZNOWHERE") == []


def test_the_delegation(cloud: Cloud, settings: SettingsFactory) -> None:
    route53 = cloud.client("route53")
    zone_id, servers = _create(cloud, "delegated.test")
    site = _site(settings, "delegated.test", zone_id)

    def found(table: dict[str, list[str]]) -> list[str]:
        with resolving(table) as resolver:
            return lines(domain.is_delegated(route53, resolver, site))

    # In any order, and in any case.
    names = [f"{server.rstrip('.').upper()}." for server in reversed(servers)]
    assert found({"delegated.test NS": names}) == [f"✓ public DNS delegates to {zone_id}"]
    (line,) = found({"delegated.test NS": ["ns.registrar.test."]})
    assert line.startswith(
        f"✗ the domain delegated.test is not delegated to its hosted zone {zone_id}: public DNS names "
        "ns.registrar.test for it"
    )
    assert all(server.rstrip(".") in line.partition("→ enter ")[2] for server in servers)
    for nothing in ({}, {"delegated.test A": ["192.0.2.1"]}):
        (line,) = found(nothing)
        assert "public DNS names no name server for it → enter " in line


def test_name_servers_may_bear_the_operator_s_own_names(
    cloud: Cloud, settings: SettingsFactory
) -> None:
    zone_id, _ = _create(cloud, "white.test")
    cloud.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": "white.test.",
                        "Type": "NS",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "ns1.white.test."}],
                    },
                }
            ]
        },
    )
    site = _site(settings, "white.test", zone_id)
    with resolving({"white.test NS": ["ns1.white.test."]}) as resolver:
        assert lines(domain.is_delegated(cloud.client("route53"), resolver, site)) == [
            f"✓ public DNS delegates to {zone_id}"
        ]


def test_a_dns_that_does_not_answer_is_a_warning(cloud: Cloud, settings: SettingsFactory) -> None:
    zone_id, _ = _create(cloud, "silent.test")
    silent = resolver_at(free_port())
    site = _site(settings, "silent.test", zone_id)
    (line,) = lines(domain.is_delegated(cloud.client("route53"), silent, site))
    assert line.startswith("! could not be checked: ")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({}, "✓"),
        ({"app.zone.test A": ["192.0.2.1"]}, "✓"),
        ({"zone.test CAA": ['0 issue "letsencrypt.org"']}, "✓"),
        ({"zone.test CAA": ['0 issue "other.test"', '0 issue "LetsEncrypt.org; a=b"']}, "✓"),
        ({"zone.test CAA": ['0 iodef "mailto:a@zone.test"']}, "✓"),
        (
            {"app.zone.test CAA": ['0 issue "letsencrypt.org"'], "zone.test CAA": ['0 issue ";"']},
            "✓",
        ),
        ({"zone.test CAA": ['0 issue ";"']}, "✗ the CAA records of zone.test forbid"),
        ({"zone.test CAA": ['0 issue "other.test"']}, "✗ the CAA records of zone.test forbid"),
        (
            {"app.zone.test CAA": ['0 issue "other.test"']},
            "✗ the CAA records of app.zone.test forbid",
        ),
        ({"test CAA": ['0 issue "other.test"']}, "✗ the CAA records of test forbid"),
    ],
)
def test_caa_records(table: dict[str, list[str]], line: str) -> None:
    with resolving(table) as resolver:
        (found,) = lines(
            domain.caa_allows(
                resolver,
                names=["app.zone.test"],
                authority="Let's Encrypt",
                identities=["letsencrypt.org"],
            )
        )
    assert found.startswith(line)
    if line != "✓":
        holder = line.split()[5]
        assert found.endswith(f'→ add the record {holder} CAA 0 issue "letsencrypt.org"')
