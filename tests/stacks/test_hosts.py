"""Instances: patched by their age, never replaced by a release, and never in the way of what runs on them."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from instandt_cdk.cluster import ec2_cluster
from instandt_cdk.services.sessions import LONGEST_PROFILE
from instandt_cdk.shared.machine_image import MACHINE_IMAGE
from tests.permissions.account import Account
from tests.support.choices import synthesized
from tests.support.settings_files import SettingsFactory
from tests.support.synthesis import Synthesis, synthesize

HOSTS = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::ClusterCapacityProviderAssociations",
)


def _hosts(synthesis: Synthesis) -> dict[str, Any]:
    return {
        logical_id: resource
        for stack, logical_id, resource in synthesis.resources(*HOSTS)
        if stack in ("Cluster", "Services")
    }


def _groups(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        logical_id.partition("Group")[0]: resource
        for _, logical_id, resource in synthesis.resources("AWS::AutoScaling::AutoScalingGroup")
    }


def _launch_data(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        logical_id.partition("Template")[0]: resource["Properties"]["LaunchTemplateData"]
        for _, logical_id, resource in synthesis.resources("AWS::EC2::LaunchTemplate")
    }


def test_a_release_touches_no_host(prod: Synthesis) -> None:
    released = synthesize("prod", app_version="2.0.0")
    assert released.templates["Services"] != prod.templates["Services"]
    assert _hosts(released) == _hosts(prod)
    assert {resource["Type"] for resource in _hosts(prod).values()} == set(HOSTS) - {
        "AWS::EC2::Instance"
    }


def test_a_new_machine_image_between_two_deployments_replaces_nothing(prod: Synthesis) -> None:
    for data in _launch_data(prod).values():
        assert data["ImageId"].startswith("resolve:ssm:/aws/service/")
    # CloudFormation reads such a parameter anew at each deployment.
    for synthesis in (prod, synthesized("instances")):
        assert "AWS::EC2::Image::Id" not in json.dumps(synthesis.templates)
    # A changed template waits until an instance is too old, too.
    for group in _groups(prod).values():
        assert not {"AutoScalingRollingUpdate", "AutoScalingReplacingUpdate"} & set(
            group["UpdatePolicy"]
        )


def test_the_machine_images_are_those_that_the_library_knows() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    for kind in (ecs.AmiHardwareType.ARM, ecs.AmiHardwareType.STANDARD):
        ecs.EcsOptimizedImage.amazon_linux2023(kind).get_image(stack)
    ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64).get_image(
        stack
    )
    template = cdk.assertions.Template.from_stack(stack).to_json()
    known = {
        parameter["Default"]
        for parameter in template["Parameters"].values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    }
    # The library names a kernel; "default" follows Amazon's choice ("Launching AL2023 on Amazon EC2").
    known = {parameter.replace("kernel-6.1", "kernel-default") for parameter in known}
    assert known == {*ec2_cluster.MACHINE_IMAGES.values(), MACHINE_IMAGE}


def test_an_instance_is_replaced_by_its_age_after_its_successor_has_started(
    prod: Synthesis,
) -> None:
    for logical_id, group in _groups(prod).items():
        properties = group["Properties"]
        assert properties["MaxInstanceLifetime"] == 14 * 24 * 3600, logical_id
        assert properties["InstanceMaintenancePolicy"]["MinHealthyPercentage"] == 100, logical_id


def test_the_first_instances_belong_to_the_capacity_provider_too(prod: Synthesis) -> None:
    tags = {tag["Key"]: tag for tag in _groups(prod)["Cluster"]["Properties"]["Tags"]}
    assert tags["AmazonECSManaged"]["PropagateAtLaunch"] is True


def test_a_drain_ends_after_the_longest_upload_and_the_longest_migration(prod: Synthesis) -> None:
    resources = prod.templates["Cluster"]["Resources"]
    (provider,) = [r for r in resources.values() if r["Type"] == "AWS::ECS::CapacityProvider"]
    group = provider["Properties"]["AutoScalingGroupProvider"]
    assert group["ManagedDraining"] == "ENABLED"
    (rule,) = [
        r["Properties"]
        for r in resources.values()
        if r["Type"] == "AWS::Events::Rule"
        and r["Properties"].get("EventPattern", {}).get("source") == ["aws.autoscaling"]
    ]
    assert rule["EventPattern"] == {
        "source": ["aws.autoscaling"],
        "detail-type": ["EC2 Instance-terminate Lifecycle Action"],
        "detail": {"AutoScalingGroupName": [group["AutoScalingGroupArn"]]},
    }
    machine = resources[rule["Targets"][0]["Arn"]["Ref"]]["Properties"]
    parts = machine["DefinitionString"]["Fn::Join"][1]
    steps = json.loads("".join(part if isinstance(part, str) else "…" for part in parts))["States"]
    # A migration may take 50 minutes, an upload 15.
    assert steps["LetItDrain"]["Seconds"] == (50 + 15) * 60
    assert steps["EndIt"]["Parameters"]["LifecycleActionResult"] == "CONTINUE"


@pytest.mark.parametrize(
    ("changes", "gibibytes"),
    [
        ([], 30 + 2 * 4),
        # Ten times as large uploads, and an instance with room for seven containers.
        (["application.upload_limit_mib = 10240"], 30 + 2 * 4 * 10),
        (['cluster.instance_type = "m6i.4xlarge"'], 30 + 7 * 4),
        (["cluster.volume_gib = 60"], 60),
    ],
)
def test_a_root_volume_has_room_for_buffered_uploads(
    tmp_path: Path, changes: list[str], gibibytes: int
) -> None:
    settings = SettingsFactory(tmp_path)(*changes)
    limit = settings.application.upload_limit_mib
    assert settings.cluster.root_volume_gib(upload_limit_mib=limit) == gibibytes


def test_root_volumes_are_of_that_size_and_encrypted(prod: Synthesis) -> None:
    disks = {
        logical_id: data["BlockDeviceMappings"][0]["Ebs"]
        for logical_id, data in _launch_data(prod).items()
    }
    assert disks == {
        "Cluster": {"VolumeSize": 38, "VolumeType": "gp3", "Encrypted": True},
        "Bastion": {"VolumeSize": 8, "VolumeType": "gp3", "Encrypted": True},
    }


def test_nat_instances_are_hardened() -> None:
    synthesis = synthesized("instances")
    resources = synthesis.templates["Egress"]["Resources"]
    instances = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::Instance"]
    assert len(instances) == 2
    for instance in instances:
        assert instance["SourceDestCheck"] is False
        assert "ImageId" not in instance
        template = resources[instance["LaunchTemplate"]["LaunchTemplateId"]["Ref"]]["Properties"]
        assert template["LaunchTemplateData"]["ImageId"].startswith("resolve:ssm:/aws/service/")
        assert template["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"
        assert "LaunchTemplateName" not in template
        assert all(device["Ebs"]["Encrypted"] for device in instance["BlockDeviceMappings"])
        assert re.fullmatch(r"t4g\.\w+", instance["InstanceType"])
        assert "KeyName" not in instance
        (role,) = resources[instance["IamInstanceProfile"]["Ref"]]["Properties"]["Roles"]
        assert set(resources[role["Ref"]]["Properties"]) <= {"AssumeRolePolicyDocument", "Tags"}
        assert not [
            i
            for i, r in resources.items()
            if r["Type"] == "AWS::IAM::Policy" and role in r["Properties"]["Roles"]
        ]


def test_every_session_leaves_a_transcript_in_an_encrypted_log(prod: Synthesis) -> None:
    account = Account(prod)
    documents = list(account.all("AWS::SSM::Document"))
    assert len(documents) == 2
    for document in documents:
        inputs = document["Content"]["inputs"]
        (group,) = [
            one
            for one in account.all("AWS::Logs::LogGroup")
            if one.ref == inputs["cloudWatchLogGroupName"]
        ]
        assert group["KmsKeyId"]
        assert inputs["cloudWatchEncryptionEnabled"] is True
        assert inputs["cloudWatchStreamingEnabled"] is True
        assert len(inputs["shellProfile"]["linux"]) < LONGEST_PROFILE - 100
        assert "assword=" not in json.dumps(document["Content"])
