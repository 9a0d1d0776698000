"""The embedded AWS does what AWS documents where ministack by itself does not.

What is already seen in the tests of containers, databases and stacks is not repeated here.
"""

from typing import Any

import pytest

from tests.support import audit
from tests.support.emulated import NETWORK, Cloud

RULE = {"GroupId": {"Ref": "Group"}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def created(cloud: Cloud, name: str, resources: dict[str, Any]) -> None:
    stack = cloud.apply(name, {"Resources": resources})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures(name)


def test_a_hosted_zone_with_a_vpc_is_private(cloud: Cloud) -> None:
    vpcs = [{"VPCId": {"Ref": "Vpc"}, "VPCRegion": "eu-central-1"}]
    zones = {
        "Private": {
            "Type": "AWS::Route53::HostedZone",
            "Properties": {"Name": "private.example.com", "VPCs": vpcs},
        },
        "Public": {
            "Type": "AWS::Route53::HostedZone",
            "Properties": {"Name": "public.example.com"},
        },
    }
    created(cloud, "zones", NETWORK | zones)
    found = cloud.client("route53").list_hosted_zones()["HostedZones"]
    private = {zone["Name"]: zone["Config"]["PrivateZone"] for zone in found}
    assert private["private.example.com."] is True
    assert private["public.example.com."] is False


def test_a_change_of_records_is_in_sync_at_once(cloud: Cloud) -> None:
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="changed.example.com", CallerReference="changed")
    record = {
        "Name": "text.changed.example.com",
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": '"text"'}],
    }
    changed = route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )
    found = route53.get_change(Id=changed["ChangeInfo"]["Id"])
    assert found["ChangeInfo"]["Status"] == "INSYNC"


def test_capacity_providers_are_associated_with_a_cluster(cloud: Cloud) -> None:
    group = (
        "arn:aws:autoscaling:eu-central-1:000000000000:autoScalingGroup:x:autoScalingGroupName/x"
    )
    resources = {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Provider": {
            "Type": "AWS::ECS::CapacityProvider",
            "Properties": {"AutoScalingGroupProvider": {"AutoScalingGroupArn": group}},
        },
        "Association": {
            "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
            "Properties": {
                "Cluster": {"Ref": "Cluster"},
                "CapacityProviders": [{"Ref": "Provider"}],
                "DefaultCapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Provider"}}],
            },
        },
    }
    created(cloud, "providers", resources)
    ecs = cloud.client("ecs")

    def providers() -> list[str]:
        found = ecs.describe_capacity_providers()["capacityProviders"]
        return [provider["name"] for provider in found if provider["name"].startswith("providers")]

    (name,) = providers()
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    assert [name] in [cluster.get("capacityProviders") for cluster in clusters]
    cloud.delete("providers")
    assert providers() == []


def test_a_service_can_be_scaled_only_when_it_is_there(cloud: Cloud) -> None:
    target = {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "ResourceId": "service/none/none",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ServiceNamespace": "ecs",
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
    }
    stack = cloud.apply("scaled", {"Resources": {"Target": target}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "ECS service doesn't exist: service/none/none" in cloud.failures("scaled")


def test_a_generated_secret_keeps_its_rules(cloud: Cloud) -> None:
    rules = {"PasswordLength": 4, "ExcludeCharacters": "0123456789", "ExcludePunctuation": True}
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"GenerateSecretString": rules},
    }
    created(cloud, "secrets", {f"Secret{number}": secret for number in range(50)})
    secrets = cloud.client("secretsmanager")
    found = secrets.list_secrets(MaxResults=100)["SecretList"]
    names = [entry["Name"] for entry in found if entry["Name"].startswith("secrets-")]
    assert len(names) == 50
    for name in names:
        value = secrets.get_secret_value(SecretId=name)["SecretString"]
        assert len(value) == 4
        assert value.isalpha()
        assert value.lower() != value != value.upper()


@pytest.mark.parametrize("prefix", ["a", "a" * 31])
def test_a_pull_through_cache_rule_needs_a_prefix_of_2_to_30_characters(
    cloud: Cloud, prefix: str
) -> None:
    name = f"prefix-{len(prefix)}"
    rule = {"EcrRepositoryPrefix": prefix}
    resources = {"Rule": {"Type": "AWS::ECR::PullThroughCacheRule", "Properties": rule}}
    stack = cloud.apply(name, {"Resources": resources})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"The repository prefix '{prefix}' must have 2 to 30 characters." in cloud.failures(name)


def test_a_template_of_repositories_with_tags_needs_a_role(cloud: Cloud) -> None:
    def template(**properties: object) -> dict[str, Any]:
        properties |= {"Prefix": "images", "AppliedFor": ["PULL_THROUGH_CACHE"]}
        kind = "AWS::ECR::RepositoryCreationTemplate"
        return {"Template": {"Type": kind, "Properties": properties}}

    created(cloud, "untagged", template(LifecyclePolicy='{"rules": []}'))
    tagged = template(ResourceTags=[{"Key": "environment", "Value": "prod"}])
    stack = cloud.apply("tagged", {"Resources": tagged})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "A template with tags or KMS needs a CustomRoleArn." in cloud.failures("tagged")


def test_an_instance_a_vpc_origin_and_a_rule_of_its_own_are_created_and_deleted(
    cloud: Cloud,
) -> None:
    resources = NETWORK | {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "Instance",
                "VpcId": {"Ref": "Vpc"},
                "SecurityGroupEgress": [],
            },
        },
        "Egress": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": RULE | {"CidrIp": "10.0.0.0/16"},
        },
        "Instance": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": "ami-0c2023a1b2c3d4e5f",
                "InstanceType": "t4g.nano",
                "SubnetId": {"Ref": "Subnet"},
                "SecurityGroupIds": [{"Ref": "Group"}],
            },
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Name": "origin", "Subnets": [{"Ref": "Subnet"}]},
        },
        "Origin": {
            "Type": "AWS::CloudFront::VpcOrigin",
            "Properties": {
                "VpcOriginEndpointConfig": {"Name": "origin", "Arn": {"Ref": "Balancer"}}
            },
        },
    }
    created(cloud, "origin", resources)
    ec2, cloudfront = cloud.client("ec2"), cloud.client("cloudfront")
    running = {"Name": "instance-state-name", "Values": ["running"]}
    (reservation,) = ec2.describe_instances(Filters=[running])["Reservations"]
    (group,) = reservation["Instances"][0]["SecurityGroups"]
    (described,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    assert 443 in [rule.get("FromPort") for rule in described["IpPermissionsEgress"]]
    (origin,) = cloudfront.list_vpc_origins()["VpcOriginList"]["Items"]
    assert origin["Name"] == "origin"
    cloud.delete("origin")
    assert not ec2.describe_instances(Filters=[running])["Reservations"]
    assert not cloudfront.list_vpc_origins()["VpcOriginList"].get("Items")


def test_a_bucket_that_the_cdk_empties_is_deleted_with_all_versions(cloud: Cloud) -> None:
    resources = {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "emptied",
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        "Emptying": {
            "Type": "Custom::S3AutoDeleteObjects",
            "Properties": {"ServiceToken": "unused", "BucketName": {"Ref": "Bucket"}},
        },
    }
    created(cloud, "emptied", resources)
    s3 = cloud.client("s3")
    for content in (b"first", b"second"):
        s3.put_object(Bucket="emptied", Key="object", Body=content)
    cloud.delete("emptied")
    assert "emptied" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_the_logging_of_a_web_acl_is_named_after_the_acl(cloud: Cloud) -> None:
    arn = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/x/x"
    logging = {
        "Type": "AWS::WAFv2::LoggingConfiguration",
        "Properties": {"ResourceArn": arn, "LogDestinationConfigs": ["arn:aws:logs:x"]},
    }
    stack = {"Resources": {"Logging": logging}, "Outputs": {"Acl": {"Value": {"Ref": "Logging"}}}}
    cloud.apply("acl-logging", stack)
    assert cloud.outputs("acl-logging") == {"Acl": arn}


def test_objects_are_encrypted_with_aws_s_own_key_if_none_is_named(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(
        Bucket="own-key", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_object(Bucket="own-key", Key="asset", Body=b"", ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket="own-key", Key="asset")["ServerSideEncryption"] == "aws:kms"


def test_cloudtrail_tells_a_look_from_a_change(cloud: Cloud) -> None:
    audit.begin(f"http://127.0.0.1:{cloud.port}")
    cloudtrail, topics = cloud.client("cloudtrail"), cloud.client("sns")
    cloud.client("cloudformation").describe_stacks()
    topics.create_topic(Name="recorded")
    assert "CreateTopic" in audit.writes(cloudtrail).values()
    assert not {"DescribeStacks", "POST.cloudformation"} & set(audit.writes(cloudtrail).values())
