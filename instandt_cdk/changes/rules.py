"""What would hurt of a change, by the type of the resource. Every type that is used has its rule here."""

from collections.abc import Callable, Iterator, Mapping

from instandt_cdk.changes import harms, state, ways
from instandt_cdk.changes.custom_resources import custom_resource
from instandt_cdk.changes.difference import SCHEMAS, Change, Fate
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Stacks

RULES: Mapping[str, Callable[[Change], Iterator[Harm]]] = {
    "AWS::AutoScaling::AutoScalingGroup": ways.serving,
    "AWS::Backup::BackupVault": state.store,
    "AWS::CloudFront::Distribution": ways.serving,
    "AWS::CloudFront::VpcOrigin": ways.vpc_origin,
    "AWS::EC2::Instance": ways.way_out,
    "AWS::EC2::NatGateway": ways.way_out,
    "AWS::ECS::CapacityProvider": ways.serving,
    "AWS::ECS::Cluster": ways.serving,
    "AWS::ECS::ClusterCapacityProviderAssociations": ways.serving,
    "AWS::ECS::Service": ways.serving,
    "AWS::EFS::FileSystem": state.store,
    "AWS::EFS::MountTarget": ways.mount_target,
    "AWS::ElasticLoadBalancingV2::Listener": ways.serving,
    "AWS::ElasticLoadBalancingV2::ListenerRule": ways.serving,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ways.load_balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": ways.targets,
    "AWS::KMS::Key": state.key,
    "AWS::Logs::LogGroup": state.log_group,
    "AWS::RDS::DBInstance": state.database,
    "AWS::RDS::DBSubnetGroup": ways.subnet_group,
    "AWS::Route53::HostedZone": ways.private_zone,
    "AWS::S3::Bucket": state.bucket,
    "AWS::SecretsManager::Secret": state.secret,
}

NETWORK = {
    "AWS::EC2::InternetGateway",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
}
"""What hurts when another stack uses it: in its own stack, CloudFormation moves the users first."""

GROUP_RULES = {"AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"}

HARMLESS = GROUP_RULES | {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    # Snapshots that exist stay as they are.
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFront::Function",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    # It holds locks, which expire.
    "AWS::DynamoDB::Table",
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECR::PullThroughCacheRule",
    # Repositories that exist stay as they are.
    "AWS::ECR::RepositoryCreationTemplate",
    "AWS::ECS::TaskDefinition",
    "AWS::EFS::AccessPoint",
    "AWS::Events::Rule",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::QueryDefinition",
    "AWS::RDS::DBParameterGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SSM::Document",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::IPSet",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
}
"""What holds nothing, and is made anew before the old one is deleted."""

KNOWN = {*RULES, *NETWORK, *HARMLESS, "AWS::EC2::Route", "AWS::Route53::RecordSet"}
"""All types with a rule."""


def harms_of(change: Change, before: Stacks, after: Stacks) -> Iterator[Harm]:
    """Find out how a change hurts.

    Args:
        change: What becomes of a resource.
        before: The stacks as they are deployed.
        after: The stacks as they would be.
    """
    kind = change.before.type
    if change.after and change.after.is_deleted and not change.before.is_deleted:
        yield harms.UNPROTECTED
    if rule := RULES.get(kind):
        yield from rule(change)
    elif kind == "AWS::EC2::Route":
        yield from ways.route(change, before, after)
    elif kind == "AWS::Route53::RecordSet":
        yield from ways.record(change, after)
    elif kind.startswith("Custom::"):
        yield from custom_resource(change, after)
    elif kind in NETWORK:
        if change.fate is not Fate.CHANGED and _is_used_elsewhere(change, before):
            yield harms.NETWORK
    elif kind not in HARMLESS and change.fate is not Fate.CHANGED:
        yield harms.UNKNOWN
    if change.fate is Fate.REPLACED:
        yield from _replaced(change, before, after)


def _replaced(change: Change, before: Stacks, after: Stacks) -> Iterator[Harm]:
    """What hurts whenever something is replaced."""
    names = SCHEMAS.get(change.before.type, {}).get("name", ())
    given = [change.before.properties.get(name) for name in names]
    if any(isinstance(name, str) for name in given) and not change.differs(*names):
        yield harms.NAMED
    here = change.address.place
    for place in {user.place for user in after.users.get(change.address, ())} - {here}:
        # The CDK CLI skips a stack whose template is unchanged, though a value that it reads is another.
        if before.templates.get(place) == after.templates[place]:
            yield harms.STALE
            return


def _is_used_elsewhere(change: Change, before: Stacks) -> bool:
    users = before.users.get(change.address, ())
    return any(
        user.place != change.address.place
        # Who was in a removed security group is gone, too; what is left are rules for nobody.
        and not (change.fate is Fate.REMOVED and before.resources[user].type in GROUP_RULES)
        for user in users
    )
