"""The parts of the picture, each with what its templates say."""

from dataclasses import dataclass
from typing import Self

from instandt_cdk.changes.stacks import Resource
from instandt_cdk.diagram.findings import Findings, MissingError, text


@dataclass(frozen=True)
class Part:
    """A box of the picture."""

    resource: Resource
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Service(Part):
    """A service behind the load balancer."""

    paths: str = ""
    """The paths that the load balancer forwards to it."""
    port: int = 0

    @classmethod
    def of(cls, found: Findings, name: str) -> Self:
        """The service whose logical id begins with the name."""
        service = found.one("AWS::ECS::Service", name)
        target = found.one("AWS::ApplicationAutoScaling::ScalableTarget", name).properties
        rule = found.one("AWS::ElasticLoadBalancingV2::ListenerRule", name)
        group = found.used(service, "AWS::ElasticLoadBalancingV2::TargetGroup")
        if found.used(rule, "AWS::ElasticLoadBalancingV2::TargetGroup") != group:
            raise MissingError(f"the rule of {name} forwards to somebody else")
        condition = rule.properties["Conditions"][0]["PathPatternConfig"]
        return cls(
            service,
            (f"{target['MinCapacity']} to {target['MaxCapacity']} tasks", hosts(found)),
            ", ".join(condition["Values"]),
            found.port(found.one("AWS::ElasticLoadBalancingV2::LoadBalancer"), service),
        )


def edge(found: Findings) -> Part:
    """CloudFront with its firewall."""
    distribution = found.one("AWS::CloudFront::Distribution")
    rules = found.used(distribution, "AWS::WAFv2::WebACL").properties["Rules"]
    managed = sum("ManagedRuleGroupStatement" in rule["Statement"] for rule in rules)
    return Part(
        distribution,
        (
            f"WAF: {managed} groups of AWS's rules,",
            f"{len(rules) - managed} rules of its own",
        ),
    )


def balancer(found: Findings) -> Part:
    """The load balancer, which CloudFront reaches through a VPC origin."""
    balancer = found.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    origin = found.used(found.one("AWS::CloudFront::Distribution"), "AWS::CloudFront::VpcOrigin")
    if found.used(origin, "AWS::ElasticLoadBalancingV2::LoadBalancer") != balancer:
        raise MissingError("the VPC origin leads to somebody else")
    listener = found.one("AWS::ElasticLoadBalancingV2::Listener").properties
    record = found.used(
        found.one("AWS::Route53::RecordSet", "InternalName"),
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
    )
    name = found.one("AWS::Route53::RecordSet", "InternalName").properties["Name"].rstrip(".")
    if record != balancer:
        raise MissingError("the internal name is somebody else's")
    scheme = balancer.properties["Scheme"]
    return Part(balancer, (f"{scheme}, {listener['Protocol']} on port {listener['Port']}", name))


def certificate(found: Findings) -> Part:
    """The function that gets and renews the load balancer's certificate."""
    function = found.one("AWS::Lambda::Function", "Certificate")
    rule = found.one("AWS::Events::Rule", "Certificate")
    if found.used(rule, "AWS::Lambda::Function") != function:
        raise MissingError("the schedule runs something else")
    found.used(found.one("AWS::ElasticLoadBalancingV2::Listener"), "Custom::OriginCertificate")
    often = rule.properties["ScheduleExpression"].removeprefix("rate(").rstrip(")")
    return Part(function, ("certbot in a function", f"looks every {often}"))


def database(found: Findings) -> Part:
    """The database."""
    database = found.one("AWS::RDS::DBInstance")
    properties = database.properties
    standby = "with a standby in another zone" if properties["MultiAZ"] else "in one zone"
    kind = properties["DBInstanceClass"].removeprefix("db.")
    size = f"{properties['AllocatedStorage']} GiB"
    return Part(
        database,
        (
            f"version {properties['EngineVersion']} on {kind}, {size}, {standby}",
            f"backups of {properties['BackupRetentionPeriod']} days",
        ),
    )


def media(found: Findings) -> Part:
    """The bucket that the backend stores media in."""
    bucket = found.one("AWS::S3::Bucket", "Media")
    found.one("AWS::EC2::VPCEndpoint", "VpcS3")
    role = found.one("AWS::IAM::Role", "BackendTaskDefinitionTaskRole")
    if found.used(found.used(role, "AWS::IAM::ManagedPolicy"), "AWS::S3::Bucket") != bucket:
        raise MissingError("the backend may not store media")
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    return Part(bucket, (f"old versions for {days} days",))


def nat(found: Findings) -> Part:
    """The ways out."""
    gateways = found.all("AWS::EC2::NatGateway")
    subnets = {str(one.properties["SubnetId"]) for one in gateways.values()}
    return Part(
        next(iter(gateways.values())), (f"{len(gateways)} gateways in {len(subnets)} zones",)
    )


def endpoints(found: Findings) -> Part:
    """The private ways to AWS's services."""
    every = found.all("AWS::EC2::VPCEndpoint")
    interfaces = [one for one in every.values() if one.properties["VpcEndpointType"] == "Interface"]
    return Part(interfaces[0], (f"to {len(interfaces)} of AWS's services", "and to S3"))


def bastion(found: Findings) -> Part:
    """The way in for operators."""
    group = found.one("AWS::AutoScaling::AutoScalingGroup", "Bastion")
    template = found.used(group, "AWS::EC2::LaunchTemplate")
    if not found.may("Bastion", "ssmmessages:CreateDataChannel") or found.is_entered(template):
        raise MissingError("Session Manager is not the only way in")
    kind = template.properties["LaunchTemplateData"]["InstanceType"]
    return Part(template, (f"{group.properties['MinSize']} {kind}, no open port",))


def migration(found: Findings) -> Part:
    """What changes the database's schema before a release."""
    machine = found.one("AWS::StepFunctions::StateMachine", "Migration")
    found.one("AWS::ECS::TaskDefinition", "Migration")
    found.one("Custom::DatabaseMigration")
    return Part(machine, ("a task before each release",))


def mails(found: Findings) -> str:
    """How the backend reaches SES."""
    if not found.may("Backend", "ses:SendRawEmail"):
        raise MissingError("the backend may not send mails")
    endpoints = found.all("AWS::EC2::VPCEndpoint").values()
    if any(text(one.properties["ServiceName"]).endswith(".email") for one in endpoints):
        return "SES's endpoint"
    found.all("AWS::EC2::NatGateway")
    return "through the NAT"


def registry(found: Findings) -> Part:
    """Where the images come from."""
    rule = found.one("AWS::ECR::PullThroughCacheRule")
    return Part(rule, (text(rule.properties["UpstreamRegistryUrl"]), "through ECR's cache"))


def hosts(found: Findings) -> str:
    """The instances that the tasks run on."""
    group = found.one("AWS::AutoScaling::AutoScalingGroup", "Cluster")
    data = found.used(group, "AWS::EC2::LaunchTemplate").properties["LaunchTemplateData"]
    least, most = group.properties["MinSize"], group.properties["MaxSize"]
    return f"on {least} to {most} instances {data['InstanceType']}"
