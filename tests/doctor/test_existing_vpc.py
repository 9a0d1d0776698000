"""The operator's own VPC is as the settings say, and nothing in it is in the way."""

from typing import Any

import pytest

from instandt_cdk.doctor import existing_vpc
from instandt_cdk.settings import ExistingVpc, Settings
from tests.doctor.stubs import answering, lines
from tests.support.emulated import REGION, Cloud
from tests.support.settings_files import SettingsFactory


def _chosen(settings: SettingsFactory, *changes: str, **keys: Any) -> tuple[Settings, ExistingVpc]:  # noqa: ANN401 - TOML
    written = [f"network.existing_vpc.{key} = {value!r}" for key, value in keys.items()]
    chosen = settings(*written, *changes)
    assert chosen.network.existing_vpc
    return chosen, chosen.network.existing_vpc


def _made(ec2: Any) -> dict[str, Any]:  # noqa: ANN401 - any client
    """A VPC of an operator, as the settings name it."""
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("abab")
    ]
    return {
        "id": vpc,
        "cidr": "10.20.0.0/16",
        "application_subnet_ids": subnets[:2],
        "data_subnet_ids": subnets[2:],
    }


def test_names_and_the_internet_gateway(cloud: Cloud, settings: SettingsFactory) -> None:
    ec2 = cloud.client("ec2")
    keys = _made(ec2)
    _, existing = _chosen(settings, **keys)
    ec2.modify_vpc_attribute(VpcId=keys["id"], EnableDnsHostnames={"Value": False})
    assert lines(existing_vpc.answers_names(ec2, existing)) == [
        f"✗ {keys['id']} lacks DNS hostnames → `aws ec2 modify-vpc-attribute --vpc-id {keys['id']} "
        "--enable-dns-hostnames`",
        f"✗ {keys['id']} lacks an internet gateway, which CloudFront asks for but does not route through → "
        f"`aws ec2 attach-internet-gateway --vpc-id {keys['id']} --internet-gateway-id …`",
    ]
    ec2.modify_vpc_attribute(VpcId=keys["id"], EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=keys["id"], InternetGatewayId=gateway)
    assert lines(existing_vpc.answers_names(ec2, existing)) == [
        f"✓ {keys['id']} has DNS names and an internet gateway"
    ]


def test_the_subnets(cloud: Cloud, settings: SettingsFactory) -> None:
    ec2 = cloud.client("ec2")
    keys, other = _made(ec2), _made(ec2)
    assert lines(existing_vpc.subnets_fit(ec2, *_chosen(settings, **keys))) == [
        "✓ each subnet is where the settings say"
    ]
    first, second = keys["application_subnet_ids"]
    wrong = {
        "cidr": "10.20.0.0/24",
        "application_subnet_ids": [second, first],
        "data_subnet_ids": [other["data_subnet_ids"][0], "subnet-00000000"],
    }
    of_data = "correct network.existing_vpc.data_subnet_ids"
    of_application = "correct network.existing_vpc.application_subnet_ids"
    outside = "outside network.existing_vpc.cidr"
    assert lines(existing_vpc.subnets_fit(ec2, *_chosen(settings, **{**keys, **wrong}))) == [
        f"✗ {second} is in {REGION}b, but stands in the place of {REGION}a → {of_application}",
        f"✗ {second} has the range 10.20.1.0/24, {outside} → {of_application}",
        f"✗ {first} is in {REGION}a, but stands in the place of {REGION}b → {of_application}",
        f"✗ {wrong['data_subnet_ids'][0]} is in {other['id']}, not in {keys['id']} → {of_data}",
        f"✗ {wrong['data_subnet_ids'][0]} has the range 10.20.2.0/24, {outside} → {of_data}",
        f"✗ subnet-00000000 does not exist → {of_data}",
    ]


def test_a_full_subnet(settings: SettingsFactory) -> None:
    ids = [f"subnet-0000000{number}" for number in range(4)]
    chosen, existing = _chosen(
        settings,
        id="vpc-00000000",
        cidr="10.20.0.0/16",
        application_subnet_ids=ids[:2],
        data_subnet_ids=ids[2:],
    )
    subnets = [
        {
            "SubnetId": id_,
            "VpcId": existing.id,
            "AvailabilityZone": f"{REGION}{zone}",
            "CidrBlock": f"10.20.{number}.0/24",
            "AvailableIpAddressCount": number,
        }
        for number, (id_, zone) in enumerate(zip(ids, "abab", strict=True), start=39)
    ]
    ec2 = answering("ec2", [("describe_subnets", {"Subnets": subnets})])
    good, full = lines(existing_vpc.subnets_fit(ec2, chosen, existing))
    assert good.startswith("✓")
    assert full.startswith("✗ subnet-00000000 has 39 free addresses of the 40 that are needed → ")


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ([], []),
        (
            ["network.interface_endpoints = true"],
            [
                "✗ vpce-1 has the name of com.amazonaws.eu-central-1.logs already → leave out "
                "network.interface_endpoints: this VPC has its own"
            ],
        ),
        (
            ['network.existing_vpc.application_route_table_ids = ["rtb-0000000a", "rtb-0000000b"]'],
            [
                "✗ vpce-5 leads to S3 from these route tables already → leave out "
                "network.existing_vpc.application_route_table_ids"
            ],
        ),
    ],
)
def test_endpoints_in_the_way(
    settings: SettingsFactory, changes: list[str], taken: list[str]
) -> None:
    def endpoint(number: int, service: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        name = f"com.amazonaws.eu-central-1.{service}"
        return {"VpcEndpointId": f"vpce-{number}", "ServiceName": name, **more}

    tags = [{"Key": "Application", "Value": "instandt"}, {"Key": "Environment", "Value": "site"}]
    there = [
        endpoint(1, "logs", PrivateDnsEnabled=True),
        endpoint(2, "ssm", PrivateDnsEnabled=False),
        endpoint(3, "sqs", PrivateDnsEnabled=True),
        endpoint(4, "ecs", PrivateDnsEnabled=True, Tags=tags),
        endpoint(5, "s3", RouteTableIds=["rtb-0000000b"]),
        endpoint(6, "dynamodb", RouteTableIds=["rtb-0000000a"]),
    ]
    chosen, existing = _chosen(
        settings,
        *changes,
        id="vpc-00000000",
        cidr="10.20.0.0/16",
        application_subnet_ids=["subnet-00000000", "subnet-00000001"],
        data_subnet_ids=["subnet-00000002", "subnet-00000003"],
    )
    ec2 = answering("ec2", [("describe_vpc_endpoints", {"VpcEndpoints": there})])
    found = lines(existing_vpc.endpoints_are_free(ec2, chosen, existing))
    assert found == (taken or ["✓ no endpoint of the VPC is in the way"])
