"""The doctor's requirements are those of the templates."""

from instandt_cdk.doctor import requirements
from instandt_cdk.settings import load
from tests.support import ROOT
from tests.support.synthesis import Synthesis

SETTINGS = load(ROOT / "environments", "prod")


def _number(prod: Synthesis, kind: str) -> int:
    return len(list(prod.resources(kind)))


def test_as_many_as_in_the_templates(prod: Synthesis) -> None:
    assert requirements.elastic_ips(SETTINGS) == _number(prod, "AWS::EC2::EIP")
    assert _number(prod, "AWS::EC2::VPC") == 1
    assert _number(prod, "AWS::RDS::DBInstance") == 1


def test_the_instances_are_the_bastion_and_the_cluster(prod: Synthesis) -> None:
    types = {
        found["Properties"]["LaunchTemplateData"]["InstanceType"]
        for _, _, found in prod.resources("AWS::EC2::LaunchTemplate")
    }
    assert types == {requirements.BASTION_TYPE, SETTINGS.cluster.instance_type}
    groups = {
        logical_id.partition("Group")[0]: found["Properties"]
        for _, logical_id, found in prod.resources("AWS::AutoScaling::AutoScalingGroup")
    }
    assert groups.keys() == {"Bastion", "Cluster"}
    assert groups["Bastion"]["MinSize"] == groups["Bastion"]["MaxSize"] == "1"
    group = groups["Cluster"]
    each = SETTINGS.cluster.capacity.cpu // 1024
    for key in ("MinSize", "MaxSize"):
        total = requirements.virtual_cpus(SETTINGS, instances=int(group[key]))
        assert total == int(group[key]) * each + requirements.BASTION_CPUS


def test_the_endpoints(prod: Synthesis) -> None:
    names = [
        endpoint["Properties"]["ServiceName"]
        for _, _, endpoint in prod.resources("AWS::EC2::VPCEndpoint")
        if endpoint["Properties"]["VpcEndpointType"] == "Interface"
    ]
    expected = [f"com.amazonaws.{SETTINGS.aws.region}.{s}" for s in requirements.ENDPOINT_SERVICES]
    assert sorted(names) == sorted(expected)


def test_the_bootstrap_version(prod: Synthesis) -> None:
    artifacts = prod.read("manifest.json")["artifacts"].values()
    required = {
        artifact["properties"]["requiresBootstrapStackVersion"]
        for artifact in artifacts
        if "requiresBootstrapStackVersion" in artifact.get("properties", {})
    }
    assert required == {requirements.BOOTSTRAP_VERSION}
