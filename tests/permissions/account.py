"""What a deployment leaves in an account: resources by their ARNs, and every policy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.synthesis import Resource, Synthesis, Template

PARTITION = "aws"

ARNS = {
    "AWS::Backup::BackupPlan": "backup:{region}:{account}:backup-plan:{name}",
    "AWS::Backup::BackupVault": "backup:{region}:{account}:backup-vault:{name}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::ECS::Cluster": "ecs:{region}:{account}:cluster/{name}",
    "AWS::ECS::TaskDefinition": "ecs:{region}:{account}:task-definition/{name}:7",
    "AWS::EFS::AccessPoint": "elasticfilesystem:{region}:{account}:access-point/{name}",
    "AWS::EFS::FileSystem": "elasticfilesystem:{region}:{account}:file-system/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::RDS::DBInstance": "rds:{region}:{account}:db:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
"""The ARNs of the types that policies are about ("Resource types", Service Authorization Reference)."""

REFERRED_BY_ARN = {
    "AWS::ECS::TaskDefinition",
    "AWS::IAM::ManagedPolicy",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
}
"""Of these, `Ref` is the ARN, of all others a name or an id."""

NAMES = (
    "Name",
    "BackupVaultName",
    "BucketName",
    "ClusterName",
    "DBInstanceIdentifier",
    "Family",
    "FunctionName",
    "LogGroupName",
    "RoleName",
    "StateMachineName",
    "TopicName",
)


@dataclass(frozen=True)
class Stack:
    """A stack and where it is."""

    key: str
    name: str
    account: str
    region: str
    template: Template

    def arn(self, rest: str, *, name: str = "") -> str:
        """Return the ARN of something in the stack's account and region."""
        return f"arn:{PARTITION}:" + rest.format(
            region=self.region, account=self.account, name=name
        )


@dataclass(frozen=True, eq=False)
class Thing:
    """A resource, its properties without references."""

    stack: Stack
    id: str
    type: str
    arn: str
    ref: str
    properties: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self.properties[name]


class Account:
    """Everything that the templates make."""

    def __init__(self, synthesis: Synthesis) -> None:
        artifacts = synthesis.read("manifest.json")["artifacts"]
        self.stacks = {
            key: _stack(key, artifacts[key], template)
            for key, template in synthesis.templates.items()
        }
        self._by_name = {stack.name: stack for stack in self.stacks.values()}
        self.things = [
            self._thing(stack, logical_id, resource)
            for stack in self.stacks.values()
            for logical_id, resource in stack.template["Resources"].items()
        ]
        self._by_arn = {thing.arn: thing for thing in self.things}

    def all(self, *types: str) -> Iterator[Thing]:
        """All resources of the types."""
        return (thing for thing in self.things if thing.type in types)

    def at(self, arn: str) -> Thing | None:
        """The resource with the ARN, or None if the templates do not make it."""
        return self._by_arn.get(arn)

    def named(self, kind: str, ref: str) -> Thing:
        """The one resource of the type that a `Ref` refers to by its name."""
        (thing,) = (thing for thing in self.all(kind) if thing.ref == ref)
        return thing

    def _thing(self, stack: Stack, logical_id: str, resource: Resource) -> Thing:
        return Thing(
            stack,
            logical_id,
            resource["Type"],
            self._arn(stack, logical_id),
            self._ref(stack, logical_id),
            self.resolve(stack, resource.get("Properties", {})),
        )

    def _name(self, stack: Stack, logical_id: str) -> str:
        resource = stack.template["Resources"][logical_id]
        given = (resource.get("Properties", {}).get(key) for key in NAMES)
        name = next((name for name in given if name), f"{stack.name}-{logical_id}")
        return str(self.resolve(stack, name))

    def _arn(self, stack: Stack, logical_id: str) -> str:
        kind = stack.template["Resources"][logical_id]["Type"]
        pattern = ARNS.get(kind, f"{kind}:{{region}}:{{account}}:{{name}}")
        return stack.arn(pattern, name=self._name(stack, logical_id))

    def _ref(self, stack: Stack, logical_id: str) -> str:
        pseudo: Mapping[str, Callable[[], str]] = {
            "AWS::AccountId": lambda: stack.account,
            "AWS::Partition": lambda: PARTITION,
            "AWS::Region": lambda: stack.region,
            "AWS::StackId": lambda: stack.arn(
                "cloudformation:{region}:{account}:stack/{name}/0", name=stack.name
            ),
            "AWS::StackName": lambda: stack.name,
            "AWS::URLSuffix": lambda: "amazonaws.com",
        }
        if logical_id in pseudo:
            return pseudo[logical_id]()
        if logical_id not in stack.template["Resources"]:
            return f"<{logical_id}>"  # a parameter
        by_arn = stack.template["Resources"][logical_id]["Type"] in REFERRED_BY_ARN
        return (self._arn if by_arn else self._name)(stack, logical_id)

    def resolve(self, stack: Stack, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a value of the stack's template without references."""
        if isinstance(value, list):
            return [self.resolve(stack, item) for item in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": str(logical_id)}:
                return self._ref(stack, logical_id)
            case {"Fn::GetAtt": [str(logical_id), "Arn" | "BackupVaultArn"]}:
                return self._arn(stack, logical_id)
            case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
                return f"{self._name(stack, logical_id)}.{attribute}"
            case {"Fn::Join": [str(separator), [*parts]]}:
                return separator.join(str(self.resolve(stack, part)) for part in parts)
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::Partition}", PARTITION)
            case {"Fn::Select": [index, parts]}:
                return self.resolve(stack, parts)[int(index)]
            case {"Fn::Split": [str(separator), text]}:
                return str(self.resolve(stack, text)).split(separator)
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": str(output)}}:
                owner = self._by_name[name]
                return self.resolve(owner, owner.template["Outputs"][output]["Value"])
        return {key: self.resolve(stack, item) for key, item in value.items()}


def _stack(key: str, artifact: Mapping[str, Any], template: Template) -> Stack:
    account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
    return Stack(key, artifact["properties"]["stackName"], account, region, template)
