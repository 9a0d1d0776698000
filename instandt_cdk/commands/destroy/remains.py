"""What is left of an environment when its stacks are gone: found by tags and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.destroy import vaults
from instandt_cdk.cost import prices
from instandt_cdk.names import STACKS

GIB = 1024**3
DATABASE = "database snapshot"


@dataclass(frozen=True, kw_only=True, order=True)
class Remain:
    """Something that is left."""

    kind: str
    """What it is, for people."""
    name: str
    region: str
    service: str
    item: str
    """Which price it has: a service and an item of the list of prices."""
    amount: float | None = 1
    """How many units it costs in a month; None if nobody knows, as with the contents of buckets."""
    way: str
    """The command that deletes it."""

    @property
    def price(self) -> str:
        """What it costs, for people."""
        found = prices.load().find(self.service, self.item, self.region)
        if found is None:
            return f"its price is on the page of {self.service}"
        about = "about " if found.is_assumed else ""
        if self.amount is None:
            return f"{about}{found.usd:.3f} USD a month for each GB"
        return f"{about}{found.usd * self.amount:.2f} USD a month"


def sweep(environment: Deployed, *, logs_go: bool) -> Iterator[str]:
    """Delete what services have made beside the stacks: cached images, and logs unless they are kept."""
    settings = environment.settings
    if settings.registry.source == "pull-through-cache":
        client = environment.client("ecr")
        pages = client.get_paginator("describe_repositories").paginate()
        names = [one["repositoryName"] for page in pages for one in page["repositories"]]
        for name in names:
            if name.startswith(f"{settings.names.prefix}/"):
                client.delete_repository(repositoryName=name, force=True)
                yield f"The cached images in {name} are deleted."
    for region in settings.regions if logs_go else ():
        for name in log_groups(environment, region):
            environment.client("logs", region=region).delete_log_group(logGroupName=name)
            yield f"The log group {name} is deleted."


def remains(environment: Deployed) -> list[Remain]:
    """Ask AWS what is left of an environment without stacks, in all regions."""
    return sorted(
        remain
        for region in environment.settings.regions
        for find in (_buckets, _snapshots, _vaults, _secrets, _keys, _files, _logs)
        for remain in find(environment, region)
    )


def _buckets(environment: Deployed, region: str) -> Iterator[Remain]:
    stacks = [title for title in STACKS if environment.region_of(title) == region]
    # CloudFormation begins their names with the stack's.
    ours = tuple(f"{environment.settings.names.stack(title)}-" for title in stacks)
    for name in [one["Name"] for one in environment.client("s3").list_buckets()["Buckets"]]:
        if not name.startswith(ours):
            continue
        yield Remain(
            kind="bucket",
            name=name,
            region=region,
            service="media",
            item="gb",
            amount=None,
            way=f"empty it in the console, with all versions, then `aws s3 rb s3://{name}`",
        )


def _snapshots(environment: Deployed, region: str) -> Iterator[Remain]:
    client = environment.client("rds", region=region)
    ours = re.compile(environment.settings.names.with_stack_id)
    pages = client.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
    for snapshot in [one for page in pages for one in page["DBSnapshots"]]:
        name = snapshot["DBSnapshotIdentifier"]
        if ours.match(name):
            yield Remain(
                kind=DATABASE,
                name=name,
                region=region,
                service="database",
                item="backup",
                amount=snapshot["AllocatedStorage"],
                way=f"`aws rds delete-db-snapshot --region {region} --db-snapshot-identifier {name}`",
            )


def _vaults(environment: Deployed, region: str) -> Iterator[Remain]:
    """Vaults of AWS Backup, whose policy keeps the snapshots in them from deletion."""
    client: Any = environment.client("backup", region=region)
    ours = re.compile(environment.settings.names.with_stack_id)
    for page in client.get_paginator("list_backup_vaults").paginate():
        for name in [one["BackupVaultName"] for one in page["BackupVaultList"]]:
            if ours.fullmatch(name):
                points = vaults.snapshots(client, name)
                where = f"--region {region} --backup-vault-name {name}"
                yield Remain(
                    kind=f"vault with {len(points)} snapshots",
                    name=name,
                    region=region,
                    service="database",
                    item="backup",
                    amount=sum(point.get("BackupSizeInBytes", 0) for point in points) / GIB,
                    way=f"`aws backup delete-backup-vault-access-policy {where}`, delete the snapshots in "
                    f"the console, then `aws backup delete-backup-vault {where}`",
                )


def _secrets(environment: Deployed, region: str) -> Iterator[Remain]:
    wanted = environment.settings.names.tags.items()
    pages = environment.client("secretsmanager", region=region).get_paginator("list_secrets")
    for secret in [one for page in pages.paginate() for one in page["SecretList"]]:
        tags = {tag["Key"]: tag["Value"] for tag in secret.get("Tags", ())}
        if wanted <= tags.items():
            yield Remain(
                kind="secret",
                name=secret["Name"],
                region=region,
                service="secrets",
                item="secret",
                way=f"`aws secretsmanager delete-secret --region {region} --force-delete-without-recovery "
                f"--secret-id {secret['Name']}`",
            )


def _keys(environment: Deployed, region: str) -> Iterator[Remain]:
    """Encryption keys. One that is going to be deleted costs nothing (AWS KMS pricing)."""
    client = environment.client("kms", region=region)
    for arn in _tagged_keys(environment, region):
        if client.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] != "PendingDeletion":
            yield Remain(
                kind="encryption key",
                name=arn.rpartition("/")[2],
                region=region,
                service="keys",
                item="key",
                way="when nothing is left that it encrypts, "
                f"`aws kms schedule-key-deletion --region {region} --key-id {arn.rpartition('/')[2]}`",
            )


def _files(environment: Deployed, region: str) -> Iterator[Remain]:
    client: Any = environment.client("efs", region=region)
    wanted = environment.settings.names.tags.items()
    pages = client.get_paginator("describe_file_systems").paginate()
    for system in [one for page in pages for one in page["FileSystems"]]:
        name = system["FileSystemId"]
        if wanted <= {tag["Key"]: tag["Value"] for tag in system["Tags"]}.items():
            yield Remain(
                kind="file system",
                name=name,
                region=region,
                service="files",
                item="gb",
                amount=system["SizeInBytes"]["Value"] / GIB,
                way=f"`aws efs delete-file-system --region {region} --file-system-id {name}`",
            )


def _logs(environment: Deployed, region: str) -> Iterator[Remain]:
    for name, group in log_groups(environment, region).items():
        yield Remain(
            kind="log group",
            name=name,
            region=region,
            service="watching",
            item="kept-log-gb",
            amount=group.get("storedBytes", 0) / GIB,
            way=f"`aws logs delete-log-group --region {region} --log-group-name {name}`",
        )


def log_groups(environment: Deployed, region: str) -> dict[str, Any]:
    """Return by name the log groups that are the environment's, also those that services made."""
    names = environment.settings.names
    stacks = "|".join(re.escape(names.stack(title)) for title in STACKS)
    ours = re.compile(
        rf"(/aws/lambda/|aws-waf-logs-|)({stacks})-"
        rf"|/aws/ecs/containerinsights/{re.escape(names.cluster)}/"
        rf"|/aws/rds/instance/{names.with_stack_id}"
    )
    pages = environment.client("logs", region=region).get_paginator("describe_log_groups")
    groups = [one for page in pages.paginate() for one in page["logGroups"]]
    return {group["logGroupName"]: group for group in groups if ours.match(group["logGroupName"])}


def _tagged_keys(environment: Deployed, region: str) -> list[str]:
    """The ARNs of the keys with the environment's tags."""
    client = environment.client("resourcegroupstaggingapi", region=region)
    filters = [
        {"Key": key, "Values": [value]} for key, value in environment.settings.names.tags.items()
    ]
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=filters, ResourceTypeFilters=["kms"]
    )
    return [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
