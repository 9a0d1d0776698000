"""What the containers call, and ECS for them."""

from collections.abc import Iterator
from typing import Any

from tests.permissions.account import Account, Thing
from tests.permissions.calls.table import (
    ECS,
    Calls,
    each,
    log_group,
    page,
    reads,
    role,
    service,
    stream,
)

SESSION = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


def _containers(account: Account) -> Iterator[tuple[Thing, dict[str, Any]]]:
    for task in account.all("AWS::ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            yield task, container


@page("Amazon ECS task IAM role", ECS)
def tasks_get_their_roles(account: Account) -> Calls:
    for task in account.all("AWS::ECS::TaskDefinition"):
        source = task.stack.arn("ecs:{region}:{account}:*")
        context = {"aws:SourceAccount": task.stack.account, "aws:SourceArn": source}
        for arn in (task["TaskRoleArn"], task["ExecutionRoleArn"]):
            yield service("ecs-tasks").does("sts:AssumeRole", arn, context)


@page("Amazon ECS task execution IAM role", ECS)
def images_are_pulled(account: Account) -> Calls:
    for task, container in _containers(account):
        caller = role(task["ExecutionRoleArn"])
        if repository := _repository(container):
            yield caller.does("ecr:GetAuthorizationToken")
            yield from each(
                caller,
                (
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ),
                repository,
            )


@page("IAM permissions required to sync an upstream registry", "Amazon ECR User Guide")
def the_first_pull_fills_the_cache(account: Account) -> Calls:
    prefixes = [
        rule["EcrRepositoryPrefix"] for rule in account.all("AWS::ECR::PullThroughCacheRule")
    ]
    for task, container in _containers(account):
        repository = _repository(container) or ""
        if any(f":repository/{prefix}/" in repository for prefix in prefixes):
            caller = role(task["ExecutionRoleArn"])
            yield from each(
                caller, ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository"), repository
            )


@page("Using the awslogs log driver", ECS)
def containers_write_logs(account: Account) -> Calls:
    for task, container in _containers(account):
        group = container["LogConfiguration"]["Options"]["awslogs-group"]
        yield from each(
            role(task["ExecutionRoleArn"]),
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            stream(log_group(task.stack, group)),
        )


@page(
    "Pass Secrets Manager secrets through environment variables; private registry authentication",
    ECS,
)
def secrets_are_injected(account: Account) -> Calls:
    for task, container in _containers(account):
        arns = [secret["ValueFrom"] for secret in container.get("Secrets", [])]
        if login := container.get("RepositoryCredentials"):
            arns.append(login["CredentialsParameter"])
        for arn in arns:
            # A key of the secret's JSON may follow its ARN, which has six colons.
            whole = ":".join(arn.split(":")[:7])
            yield from reads(account, role(task["ExecutionRoleArn"]), whole)


@page("Monitor Amazon ECS containers with ECS Exec", ECS)
def operators_open_sessions(account: Account) -> Calls:
    for running in account.all("AWS::ECS::Service"):
        if not running.properties.get("EnableExecuteCommand"):
            continue
        task = account.at(running["TaskDefinition"])
        assert task
        (container,) = task["ContainerDefinitions"]
        caller = role(task["TaskRoleArn"])
        group = log_group(task.stack, container["LogConfiguration"]["Options"]["awslogs-group"])
        yield from (caller.does(action) for action in SESSION)
        yield caller.does("logs:DescribeLogGroups")
        yield caller.does("logs:DescribeLogStreams", group)
        yield from each(caller, ("logs:CreateLogStream", "logs:PutLogEvents"), stream(group))


@page(
    "Required permissions for Amazon S3 API operations; Multipart upload API and permissions",
    "Amazon S3 User Guide",
)
def the_backend_keeps_media(account: Account) -> Calls:
    for task, container in _containers(account):
        name = {entry["Name"]: entry["Value"] for entry in container["Environment"]}.get(
            "S3_BUCKET"
        )
        if not name:
            continue
        caller, bucket = role(task["TaskRoleArn"]), account.named("AWS::S3::Bucket", name)
        yield from each(
            caller,
            ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
            bucket.arn,
        )
        medium = f"{bucket.arn}/some/medium.dcm"
        yield from each(
            caller,
            (
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ),
            medium,
        )
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
        # With a bucket key S3 tells the bucket's ARN, without one the object's.
        for told in (bucket.arn, medium):
            context = {
                "kms:ViaService": f"s3.{bucket.stack.region}.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": told,
            }
            yield from each(caller, ("kms:Decrypt", "kms:GenerateDataKey"), key, context)


@page("Using IAM to control access to file systems", "Amazon EFS User Guide")
def the_backend_mounts_its_files(account: Account) -> Calls:
    for task in account.all("AWS::ECS::TaskDefinition"):
        for volume in task.properties.get("Volumes", []):
            if not (mounted := volume.get("EFSVolumeConfiguration")):
                continue
            point = mounted["AuthorizationConfig"]["AccessPointId"]
            yield from each(
                role(task["TaskRoleArn"]),
                ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
                account.named("AWS::EFS::FileSystem", mounted["FilesystemId"]).arn,
                {
                    "elasticfilesystem:AccessPointArn": account.named(
                        "AWS::EFS::AccessPoint", point
                    ).arn
                },
            )


@page("Actions, resources, and condition keys for Amazon SES", "Service Authorization Reference")
def the_backend_sends_mail(account: Account) -> Calls:
    for task, container in _containers(account):
        sender = {entry["Name"]: entry["Value"] for entry in container["Environment"]}.get(
            "EMAIL_SENDER"
        )
        if not sender:
            continue
        domain = sender.partition("@")[2]
        # Whichever of these the operator has verified, the recipient in the sandbox, and the identity's own
        # configuration set (aws/aws-cdk#34402).
        identities = (sender, domain, domain.partition(".")[2], "patient@example.org")
        asked = [*(f"identity/{name}" for name in identities), "configuration-set/default"]
        for action in ("ses:SendEmail", "ses:SendRawEmail"):
            for name in asked:
                arn = task.stack.arn("ses:{region}:{account}:{name}", name=name)
                yield role(task["TaskRoleArn"]).does(action, arn, {"ses:FromAddress": sender})


def _repository(container: dict[str, Any]) -> str | None:
    """The ARN of the ECR repository that a container's image is in."""
    host, _, path = container["Image"].partition("/")
    if ".dkr.ecr." not in host:
        return None
    registry, _, _, region, *_ = host.split(".")
    name = path.partition("@")[0].partition(":")[0]
    return f"arn:aws:ecr:{region}:{registry}:repository/{name}"


ROWS = (
    tasks_get_their_roles,
    images_are_pulled,
    the_first_pull_fills_the_cache,
    containers_write_logs,
    secrets_are_injected,
    operators_open_sessions,
    the_backend_keeps_media,
    the_backend_mounts_its_files,
    the_backend_sends_mail,
)
