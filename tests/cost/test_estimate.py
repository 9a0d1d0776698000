"""The estimate counts what the templates have, at the prices of their region."""

import tomllib
from datetime import date

import pytest

from instandt_cdk.cost import prices
from tests.cost.page import FILE, estimated, page
from tests.cost.stacks import PRICES, estimate, machine
from tests.support import ROOT
from tests.support.choices import EVERYTHING

HOURS = 730
VOLUME = 10 * 0.5


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_resource_is_known_and_has_a_price(name: str) -> None:
    found = estimated(name)
    assert found.unknown == []
    assert found.unpriced == []


def test_an_instance_costs_what_its_size_does() -> None:
    assert estimate(It=machine("m6i.large")).usd == pytest.approx(3 * HOURS + VOLUME)
    assert estimate(It=machine("m6i.4xlarge")).usd == pytest.approx(8 * 3 * HOURS + VOLUME)
    assert estimate(It=machine("m6i.medium")).usd == pytest.approx(3 * HOURS / 2 + VOLUME)
    assert estimate(It=machine("m6i.large", monitoring=True)).usd == pytest.approx(
        3 * HOURS + VOLUME + 7
    )


def test_a_price_that_a_region_lacks_is_assumed_and_marked() -> None:
    found = estimate(It=machine("c6i.large"))
    assert found.usd == pytest.approx(4 * 1.25 * HOURS + VOLUME)
    assert [line.name for line in found.fixed if line.price.is_assumed] == ["instance, c6i.large"]


def test_another_region_gets_the_prices_of_the_one_that_stands_in() -> None:
    assert estimate("ap-south-1", It=machine("m6i.large")).usd == pytest.approx(3 * HOURS + VOLUME)
    assert not PRICES.lists("ap-south-1")


def test_what_has_no_price_is_not_counted_but_said() -> None:
    found = estimate(It=machine("x9.large"), Other=("AWS::New::Thing", {}))
    assert found.usd == pytest.approx(VOLUME)
    assert found.unpriced == ["1 of instance, x9.large: instances' page"]
    assert found.unknown == ["AWS::New::Thing"]


def test_a_group_has_at_least_the_instances_that_its_containers_need() -> None:
    launched = {"LaunchTemplateData": machine("m6i.large")[1]}
    container = {"ContainerDefinitions": [{"Cpu": 256, "Memory": 512}]}
    group = {
        "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}},
        "MinSize": "1",
        "MaxSize": "5",
    }
    found = {
        tag: estimate(
            Template=("AWS::EC2::LaunchTemplate", launched),
            Group=("AWS::AutoScaling::AutoScalingGroup", {**group, "Tags": [{"Key": tag}]}),
            Task=("AWS::ECS::TaskDefinition", container),
            Service=("AWS::ECS::Service", {"TaskDefinition": {"Ref": "Task"}}),
            Count=(
                "AWS::ApplicationAutoScaling::ScalableTarget",
                {"MinCapacity": 3, "ResourceId": {"Fn::GetAtt": ["Service", "Name"]}},
            ),
        )
        for tag in ("AmazonECSManaged", "Other")
    }
    # Each container needs a network interface, of which an m6i.large has two for them.
    assert found["AmazonECSManaged"].usd == pytest.approx(2 * (3 * HOURS + VOLUME))
    assert found["Other"].usd == pytest.approx(3 * HOURS + VOLUME)
    (more,) = found["AmazonECSManaged"].by_use
    assert more.name == "hour of one more instance, m6i.large, of 3 at most"


def test_a_standby_costs_as_much_as_the_database() -> None:
    database = {"DBInstanceClass": "db.m7g.large", "AllocatedStorage": "20", "StorageType": "gp3"}
    alone, pair = (
        estimate(It=("AWS::RDS::DBInstance", {**database, "MultiAZ": multiple})).usd
        for multiple in (False, True)
    )
    assert alone == pytest.approx(HOURS + 20 * 0.1)
    assert pair == pytest.approx(2 * alone)


def test_an_endpoint_costs_in_each_zone_unless_it_is_a_gateway() -> None:
    subnets = {"SubnetIds": ["a", "b", "c"]}
    interface, gateway = (
        estimate(It=("AWS::EC2::VPCEndpoint", {**subnets, "VpcEndpointType": kind})).usd
        for kind in ("Interface", "Gateway")
    )
    assert interface == pytest.approx(3 * 0.1 * HOURS)
    assert gateway == 0


def test_alarms_are_paid_for_by_metrics_and_the_firewall_by_rules() -> None:
    metrics = [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a + b"}]
    assert estimate(It=("AWS::CloudWatch::Alarm", {"Metrics": metrics})).usd == 2
    assert estimate(It=("AWS::CloudWatch::Alarm", {"MetricName": "Errors"})).usd == 1
    assert estimate(It=("AWS::WAFv2::WebACL", {"Rules": [{}, {}]})).usd == 5 + 2


def test_a_copy_of_the_media_is_named() -> None:
    plain = estimate(It=("AWS::S3::Bucket", {}))
    copied = estimate(It=("AWS::S3::Bucket", {"ReplicationConfiguration": {}}))
    assert (len(plain.by_use), len(copied.by_use)) == (1, 3)


def test_every_price_has_a_date_and_a_page() -> None:
    listed = tomllib.loads(prices.FILE.read_text())
    for service in (table for table in listed.values() if isinstance(table, dict)):
        assert service["page"].startswith("https://aws.amazon.com/")
        for region in (table for table in service.values() if isinstance(table, dict)):
            assert isinstance(region["checked"], date)
            assert all(price > 0 for name, price in region.items() if name != "checked")


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text() == page(), "python -m tests.cost.page"


def test_the_readme_says_what_the_environments_cost() -> None:
    dev, prod = (round(estimated(name).usd / 50) * 50 for name in ("dev", "prod"))
    assert f"about {prod} USD a month, dev about {dev}" in (ROOT / "README.md").read_text()
