"""Media are kept as the section [storage] says."""

import json
from typing import Any

import pytest

from tests.support.choices import synthesized
from tests.support.synthesis import Resource, Synthesis, as_list

WAYS_OF_S3_COPYING = {
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionTagging",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
}


@pytest.fixture
def files() -> Synthesis:
    return synthesized("files")


@pytest.fixture
def copy() -> Synthesis:
    return synthesized("copy")


def _the(synthesis: Synthesis, kind: str, *, stack: str, begins: str = "") -> Resource:
    (resource,) = [
        resource
        for place, logical_id, resource in synthesis.resources(kind)
        if place == stack and logical_id.startswith(begins)
    ]
    return resource


def _backend(synthesis: Synthesis) -> Resource:
    definition = _the(synthesis, "AWS::ECS::TaskDefinition", stack="Services", begins="BackendTask")
    return dict(definition["Properties"])


def _backend_statements(synthesis: Synthesis) -> list[dict[str, Any]]:
    policy = _the(
        synthesis,
        "AWS::IAM::Policy",
        stack="Services",
        begins="BackendTaskDefinitionTaskRole",
    )
    return list(policy["Properties"]["PolicyDocument"]["Statement"])


def test_images_in_files_need_no_bucket(files: Synthesis) -> None:
    container = _backend(files)["ContainerDefinitions"][0]
    environment = {variable["Name"]: variable["Value"] for variable in container["Environment"]}
    assert environment["STORAGE_MODE"] == "local"
    assert "S3_BUCKET" not in environment
    assert not [stack for stack, _, _ in files.resources("AWS::S3::Bucket") if stack == "Storage"]
    assert not [
        statement
        for _, _, policy in files.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "s3:GetObject" in statement["Action"]
    ]


def test_the_file_system_is_mounted_with_tls_by_its_access_point(files: Synthesis) -> None:
    definition = _backend(files)
    (volume,) = definition["Volumes"]
    (mount,) = definition["ContainerDefinitions"][0]["MountPoints"]
    assert mount == {
        "ContainerPath": "/srv/media",
        "ReadOnly": False,
        "SourceVolume": volume["Name"],
    }
    efs = volume["EFSVolumeConfiguration"]
    assert efs["TransitEncryption"] == "ENABLED"
    assert efs["AuthorizationConfig"]["IAM"] == "ENABLED"
    assert "AccessPoint" in json.dumps(efs["AuthorizationConfig"]["AccessPointId"])
    # An access point's own root: ECS refuses another one beside it.
    assert "RootDirectory" not in efs


def test_only_the_backend_may_mount_and_only_by_the_access_point(files: Synthesis) -> None:
    (allowed,) = [
        statement
        for statement in _backend_statements(files)
        if "elasticfilesystem:" in json.dumps(statement["Action"])
    ]
    assert allowed["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert "AccessPoint" in json.dumps(
        allowed["Condition"]["StringEquals"]["elasticfilesystem:AccessPointArn"]
    )
    policies = files.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    assert sum("elasticfilesystem:" in json.dumps(policy) for _, _, policy in policies) == 1

    ways = [
        resource["Properties"]["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for _, _, resource in files.resources("AWS::EC2::SecurityGroupIngress")
        if resource["Properties"]["ToPort"] == 2049
    ]
    assert [way.startswith("BackendTask") for way in ways] == [True]


def test_the_file_system_refuses_everybody_without_tls_or_access_point(files: Synthesis) -> None:
    file_system = _the(files, "AWS::EFS::FileSystem", stack="Storage")["Properties"]
    statements = file_system["FileSystemPolicy"]["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    tls, access_point = statements
    assert (tls["Action"], tls["Condition"]) == ("*", {"Bool": {"aws:SecureTransport": "false"}})
    assert access_point["Condition"] == {"Null": {"elasticfilesystem:AccessPointArn": "true"}}


def test_the_file_system_is_kept_like_the_bucket(files: Synthesis) -> None:
    file_system = _the(files, "AWS::EFS::FileSystem", stack="Storage")
    assert file_system["DeletionPolicy"] == "RetainExceptOnCreate"
    assert file_system["UpdateReplacePolicy"] == "Retain"
    properties = file_system["Properties"]
    assert properties["Encrypted"] is True
    assert properties["KmsKeyId"] == {"Fn::GetAtt": ["DataKey17AFBB84", "Arn"]}
    assert properties["BackupPolicy"] == {"Status": "ENABLED"}
    assert {"TransitionToIA": "AFTER_30_DAYS"} in properties["LifecyclePolicies"]
    targets = [
        json.dumps(target["Properties"]["SubnetId"])
        for _, _, target in files.resources("AWS::EFS::MountTarget")
    ]
    assert len(targets) == 3
    assert all("DataSubnet" in target for target in targets)
    point = _the(files, "AWS::EFS::AccessPoint", stack="Storage")["Properties"]
    owner = {"Uid": "1000", "Gid": "1000"}
    assert point["PosixUser"] == owner
    assert point["RootDirectory"]["Path"] == "/media"


@pytest.mark.parametrize(("stack", "images"), [("Storage", True), ("Replica", False)])
def test_images_age_as_chosen_in_both_regions(copy: Synthesis, stack: str, *, images: bool) -> None:
    bucket = _the(copy, "AWS::S3::Bucket", stack=stack, begins="Media")["Properties"]
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
            "Status": "Enabled",
            "Transitions": [
                {"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0},
                # Whatever is cheaper has to be restored before instaNDT could read it.
                {"StorageClass": "GLACIER_IR", "TransitionInDays": 200},
            ],
        }
    ]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["LoggingConfiguration"]["LogFilePrefix"] == "media/"
    assert ("ReplicationConfiguration" in bucket) is images


def test_each_image_and_each_deletion_is_copied_under_the_copys_own_key(copy: Synthesis) -> None:
    bucket = _the(copy, "AWS::S3::Bucket", stack="Storage", begins="Media")["Properties"]
    (rule,) = bucket["ReplicationConfiguration"]["Rules"]
    assert (rule["Status"], rule["Filter"]) == ("Enabled", {"Prefix": ""})
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    destination = rule["Destination"]
    assert destination["Metrics"] == {"Status": "Enabled"}
    for there in (destination["Bucket"], destination["EncryptionConfiguration"]["ReplicaKmsKeyID"]):
        reference = there["Fn::GetStackOutput"]
        assert (reference["StackName"], reference["Region"]) == (
            "instandt-prod-replica",
            "eu-west-1",
        )


def test_copying_takes_no_more_than_it_needs(copy: Synthesis) -> None:
    statements = [
        statement
        for stack, begins in (("Storage", "ReplicationRead"), ("Replica", "CopyWrite"))
        for statement in _the(copy, "AWS::IAM::ManagedPolicy", stack=stack, begins=begins)[
            "Properties"
        ]["PolicyDocument"]["Statement"]
    ]
    assert {action for s in statements for action in as_list(s["Action"])} == WAYS_OF_S3_COPYING
    regions = [
        s["Condition"]["StringEquals"]["kms:ViaService"]
        for s in statements
        if "kms:" in json.dumps(s["Action"])
    ]
    assert regions == ["s3.eu-central-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]
    role = _the(copy, "AWS::IAM::Role", stack="Storage", begins="Replication")["Properties"]
    assert "Policies" not in role
    assert len(role["ManagedPolicyArns"]) == 1


def test_the_copy_is_a_stack_of_its_own_that_resists_deletion(copy: Synthesis) -> None:
    stack = copy.read("manifest.json")["artifacts"]["Replica"]
    assert stack["environment"] == "aws://222222222222/eu-west-1"
    assert stack["properties"]["stackName"] == "instandt-prod-replica"
    assert stack["properties"]["terminationProtection"] is True


def test_whoever_has_a_copy_need_not_accept_having_none(copy: Synthesis, prod: Synthesis) -> None:
    finding = ("Storage/Media", "S3BucketReplicationEnabled")
    assert finding in prod.acceptances()
    assert finding not in copy.acceptances()
