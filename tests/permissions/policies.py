"""Every statement of every policy in the templates, taken apart into single grants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.permissions.account import Account, Thing
from tests.support.synthesis import as_list

Document = Mapping[str, Any]

ON_RESOURCES = {
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
}
"""Types that carry their own policy, which needs no `Resource`, and the property with it."""

ABOUT_RESOURCES = {
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId",),
}
"""Types that are the policy of other resources, and the property that names those."""

OF_IDENTITIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")

MANAGED_BY_AWS: Mapping[str, Document] = {
    # What it says about databases; there is as much about each other service.
    "service-role/AWSBackupServiceRolePolicyForBackup": {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "rds:AddTagsToResource",
                    "rds:CopyDBSnapshot",
                    "rds:CreateDBSnapshot",
                    "rds:DescribeDBInstances",
                    "rds:DescribeDBSnapshots",
                    "rds:ListTagsForResource",
                    "tag:GetResources",
                    "kms:DescribeKey",
                ],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": ["rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"],
                "Resource": "arn:aws:rds:*:*:snapshot:awsbackup:*",
            },
            {
                "Effect": "Allow",
                "Action": ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
                "Resource": "arn:aws:backup:*:*:backup-vault:*",
            },
            {
                "Effect": "Allow",
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ]
    },
    "service-role/AmazonRDSEnhancedMonitoringRole": {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
                "Resource": "arn:aws:logs:*:*:log-group:RDS*",
            },
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:GetLogEvents",
                    "logs:PutLogEvents",
                ],
                "Resource": "arn:aws:logs:*:*:log-group:RDS*:log-stream:*",
            },
        ]
    },
    "service-role/AWSLambdaBasicExecutionRole": {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "*",
            }
        ]
    },
}
"""AWS's own policies that the templates name ("AWS Managed Policy Reference Guide")."""


@dataclass(frozen=True)
class Grant:
    """One effect of one statement on one action and one resource."""

    policy: str
    """The stack and the logical id of the resource that holds the policy."""
    number: int
    """The statement's, in its policy."""
    action: str
    resource: str
    document: Document
    """A policy with this grant only."""
    ours: bool = True
    """Whether the templates make the policy, and not AWS."""

    def __hash__(self) -> int:
        return hash((self.policy, self.number, self.action, self.resource))


def grants(policy: str, document: Document, *, ours: bool = True) -> Iterator[Grant]:
    """Take a policy apart."""
    for number, statement in enumerate(document["Statement"]):
        for action in as_list(statement["Action"]):
            for resource in as_list(statement.get("Resource", "*")):
                alone = {**statement, "Action": [action], "Resource": [resource]}
                yield Grant(policy, number, action, resource, {"Statement": [alone]}, ours)


class Policies:
    """The policies of an account: of its roles, and of its other resources."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.of_identity: dict[str, list[Grant]] = {}
        """By the ARN of a role."""
        self.of_resource: dict[str, list[Grant]] = {}
        """By the ARN of what they guard."""
        for thing in account.things:
            if thing.type in OF_IDENTITIES:
                self._attach(thing)
            elif thing.type == "AWS::Lambda::Permission":
                self._guard(thing["FunctionName"], thing, _statement_of(thing))
            elif thing.type in ABOUT_RESOURCES:
                (property_name,) = ABOUT_RESOURCES[thing.type]
                for guarded in as_list(thing[property_name]):
                    self._guard(self._arn(thing, guarded), thing, thing["PolicyDocument"])
            elif document := thing.properties.get(ON_RESOURCES.get(thing.type, "")):
                self._guard(thing.arn, thing, document)
            if thing.type == "AWS::IAM::Role":
                self._attach_managed(thing)

    def all(self) -> Iterator[Grant]:
        """All grants of the templates; of a policy for several roles or resources, once."""
        groups = (*self.of_identity.values(), *self.of_resource.values())
        yield from dict.fromkeys(grant for group in groups for grant in group if grant.ours)

    def guarding(self, resource: str) -> list[Grant]:
        """The policy of a resource, or of the bucket that an object is in."""
        bucket = resource.partition("/")[0] if resource.startswith("arn:aws:s3:::") else resource
        return self.of_resource.get(bucket, [])

    def _attach(self, thing: Thing) -> None:
        for role in thing.properties.get("Roles", []):
            arn = self._account.named("AWS::IAM::Role", role).arn
            self._identity(arn).extend(grants(_place(thing), thing["PolicyDocument"]))

    def _attach_managed(self, role: Thing) -> None:
        for arn in role.properties.get("ManagedPolicyArns", []):
            if own := self._account.at(arn):
                found = grants(_place(own), own["PolicyDocument"])
            else:
                name = arn.partition(":policy/")[2]
                found = grants(name, MANAGED_BY_AWS[name], ours=False)
            self._identity(role.arn).extend(found)

    def _identity(self, arn: str) -> list[Grant]:
        return self.of_identity.setdefault(arn, [])

    def _guard(self, arn: str, thing: Thing, document: Document) -> None:
        self.of_resource.setdefault(arn, []).extend(grants(_place(thing), document))

    def _arn(self, policy: Thing, guarded: str) -> str:
        return (
            guarded
            if guarded.startswith("arn:")
            else self._account.named(policy.type.removesuffix("Policy"), guarded).arn
        )


def _place(thing: Thing) -> str:
    return f"{thing.stack.key}/{thing.id}"


def _statement_of(permission: Thing) -> Document:
    """A permission of Lambda, as the policy that Lambda makes of it."""
    condition: dict[str, Any] = {}
    if source := permission.properties.get("SourceArn"):
        condition["ArnLike"] = {"aws:SourceArn": source}
    if account := permission.properties.get("SourceAccount"):
        condition["StringEquals"] = {"aws:SourceAccount": account}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": permission["FunctionName"],
        "Condition": condition,
    }
    return {"Statement": [statement]}
