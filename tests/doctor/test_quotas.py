"""What is left of the account's quotas."""

from typing import Any

import pytest

from instandt_cdk.doctor import quotas
from tests.doctor.stubs import answering, lines
from tests.support.emulated import Cloud
from tests.support.settings_files import SettingsFactory


def _limit(value: int, code: str = "get_service_quota") -> Any:  # noqa: ANN401 - any client
    return answering("service-quotas", [(code, {"Quota": {"Value": float(value)}})])


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        # The bastion's two, and two to eight instances of two each; another's two are in use.
        (20, "✓ 18 are needed, and 18 of the quota of 20 are left"),
        (
            19,
            "! 6 are needed at first and 18 under high load, but 17 of the quota of 19 are left → `aws "
            "service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1216C47A "
            "--desired-value 20`",
        ),
        (
            5,
            "✗ 6 are needed, but 3 of the quota of 5 are left → `aws service-quotas "
            "request-service-quota-increase --service-code ec2 --quota-code L-1216C47A --desired-value 20`",
        ),
    ],
)
def test_virtual_cpus_beside_those_of_others(
    limit: int, line: str, settings: SettingsFactory
) -> None:
    cpus = {"CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}}
    tags = [{"Key": "Application", "Value": "instandt"}, {"Key": "Environment", "Value": "site"}]
    instances = [
        {"InstanceType": "c5.large", **cpus},
        {"InstanceType": "c5.large", "InstanceLifecycle": "spot", **cpus},
        {"InstanceType": "g5.xlarge", **cpus},
        {"InstanceType": "m6i.large", "Tags": tags, **cpus},
    ]
    ec2 = answering("ec2", [("describe_instances", {"Reservations": [{"Instances": instances}]})])
    assert lines(quotas.virtual_cpus(_limit(limit), ec2, settings())) == [line]


def test_elastic_ips_and_networks(cloud: Cloud, settings: SettingsFactory) -> None:
    ec2 = cloud.client("ec2", "eu-west-3")
    for _ in range(4):
        ec2.allocate_address(Domain="vpc")
    (line,) = lines(quotas.elastic_ips(_limit(5), ec2, settings()))
    assert line.startswith("✗ 2 are needed, but 1 of the quota of 5 are left →")
    assert "--service-code ec2 --quota-code L-0263D0A3 --desired-value 6`" in line
    own = ec2.describe_addresses()["Addresses"][0]["AllocationId"]
    ec2.create_tags(
        Resources=[own],
        Tags=[{"Key": "Application", "Value": "instandt"}, {"Key": "Environment", "Value": "site"}],
    )
    assert lines(quotas.elastic_ips(_limit(5), ec2, settings())) == [
        "✓ 2 are needed, and 2 of the quota of 5 are left"
    ]
    there = len(ec2.describe_vpcs()["Vpcs"])
    (line,) = lines(quotas.vpcs(_limit(there), ec2, settings()))
    assert line.startswith(f"✗ 1 are needed, but 0 of the quota of {there} are left →")


def test_a_changed_nat_needs_addresses_of_its_own(settings: SettingsFactory) -> None:
    tags = [{"Key": "Application", "Value": "instandt"}, {"Key": "Environment", "Value": "site"}]
    of_gateways = [{"Tags": tags, "AssociationId": f"eipassoc-{n}"} for n in range(2)]
    of_instances = [{**address, "InstanceId": "i-0"} for address in of_gateways]
    instances = settings('network.nat = "instance-per-zone"')
    for there, wanted, line in (
        (of_gateways, settings(), "✓ 2 are needed, and 3 of the quota of 3 are left"),
        (of_instances, instances, "✓ 2 are needed, and 3 of the quota of 3 are left"),
        (of_gateways, instances, "✗ 2 are needed, but 1 of the quota of 3 are left → `aws"),
        (of_instances, settings(), "✗ 2 are needed, but 1 of the quota of 3 are left → `aws"),
    ):
        ec2 = answering("ec2", [("describe_addresses", {"Addresses": there})])
        (found,) = lines(quotas.elastic_ips(_limit(3), ec2, wanted))
        assert found.startswith(line)


def test_a_quota_that_was_never_raised(cloud: Cloud, settings: SettingsFactory) -> None:
    service = answering(
        "service-quotas",
        [
            ("get_service_quota", "NoSuchResourceException"),
            ("get_aws_default_service_quota", {"Quota": {"Value": 40.0}}),
        ],
    )
    found = lines(quotas.databases(service, cloud.client("rds", "eu-west-2"), settings()))
    assert found == ["✓ 1 are needed, and 40 of the quota of 40 are left"]
