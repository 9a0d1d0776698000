"""All sections together, and what they must not contradict each other in."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

from instandt_cdk.names import Names
from instandt_cdk.settings.acme import AcmeSettings
from instandt_cdk.settings.application import ApplicationSettings
from instandt_cdk.settings.aws import AwsSettings
from instandt_cdk.settings.cluster import ClusterSettings, instances_needed
from instandt_cdk.settings.database import DatabaseSettings
from instandt_cdk.settings.edge import EdgeSettings
from instandt_cdk.settings.limits.postgresql import INSTANCE_SIZES, NOT_OFFERED
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS, EDGE_REGION
from instandt_cdk.settings.network import NetworkSettings
from instandt_cdk.settings.operations import OperationsSettings
from instandt_cdk.settings.registry import RegistrySettings
from instandt_cdk.settings.section import ImageTag, Section, Text
from instandt_cdk.settings.site import SiteSettings
from instandt_cdk.settings.storage import StorageSettings
from instandt_cdk.settings.tasks import BackendSettings, FrontendSettings, MigrationSettings

# The prefix of ECR's cache has 30 characters at most ("CreatePullThroughCacheRule", Amazon ECR API
# Reference). The database's identifier, the same with 63, and the names of the stacks have more room.
LONGEST_NAME = 30 - len(Names("").prefix)

LONGEST_IMAGE_ADDRESS = 255
"""Characters of an image's host and name together (OCI Distribution Specification, "Pulling manifests")."""


class Settings(Section):
    """An environment, all of it."""

    environment: Annotated[
        str,
        Text(
            r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
            "a name of lower-case letters, digits and single hyphens",
            "prod",
            longest=LONGEST_NAME,
        ),
    ]
    """The environment's name: the file's name, never written in the file."""

    app_version: ImageTag
    """The version of instaNDT: the tag of all three images, unless [registry] names them by digest. To
    upgrade, change it and deploy."""

    aws: AwsSettings
    site: SiteSettings
    acme: AcmeSettings | None = None
    registry: RegistrySettings
    application: ApplicationSettings
    network: NetworkSettings = NetworkSettings()
    edge: EdgeSettings = EdgeSettings()
    storage: StorageSettings = StorageSettings()
    database: DatabaseSettings = DatabaseSettings()
    cluster: ClusterSettings = ClusterSettings()
    frontend: FrontendSettings = FrontendSettings()
    backend: BackendSettings = BackendSettings()
    migration: MigrationSettings = MigrationSettings()
    operations: OperationsSettings = OperationsSettings()

    @property
    def names(self) -> Names:
        """What the environment's resources are called."""
        return Names(self.environment)

    @property
    def regions(self) -> tuple[str, ...]:
        """Where stacks are: the main region, CloudFront's, and that of the images' copy."""
        replica = self.storage.replica_region
        return tuple(
            dict.fromkeys((self.aws.region, EDGE_REGION, *((replica,) if replica else ())))
        )

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """What one section says must be possible with what the others say."""
        yield from self._unknown_region()
        yield from self._replica_in_no_other_region()
        yield from self._class_not_in_the_region()
        yield from self._unfit_authority()
        yield from self._secrets_elsewhere()
        yield from self._long_image_addresses()
        yield from self._too_little_room()
        yield from self._too_few_addresses()
        yield from self._unreachable_in_a_closed_network()

    def _unknown_region(self) -> Iterator[tuple[str, str]]:
        region = self.aws.region
        if region in CLOUDFRONT_PREFIX_LISTS or self.network.cloudfront_prefix_list_id:
            return
        close = get_close_matches(region, CLOUDFRONT_PREFIX_LISTS, n=1, cutoff=0.8)
        yield (
            "aws.region",
            "is a region whose CloudFront addresses are not known here; "
            + (f"did you mean {close[0]}? If not, " if close else "")
            + "set network.cloudfront_prefix_list_id to what `aws ec2 describe-managed-prefix-lists "
            "--filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing` shows "
            "there",
        )

    def _replica_in_no_other_region(self) -> Iterator[tuple[str, str]]:
        replica = self.storage.replica_region
        if replica == self.aws.region:
            yield (
                "storage.replica_region",
                "is aws.region itself, with which the copy would be lost; choose another region",
            )
        elif replica and replica not in CLOUDFRONT_PREFIX_LISTS:
            yield (
                "storage.replica_region",
                f"is no region that every account has; choose one of {', '.join(CLOUDFRONT_PREFIX_LISTS)}",
            )

    def _class_not_in_the_region(self) -> Iterator[tuple[str, str]]:
        family = self.database.instance_class.partition(".")[0]
        lacking = NOT_OFFERED.get(self.aws.region, ())
        if family in lacking:
            offered = [other for other in INSTANCE_SIZES if other not in lacking]
            yield (
                "database.instance_class",
                f'is of a family that aws.region = "{self.aws.region}" does not offer; choose one of '
                f"{', '.join(offered)}",
            )

    def _unfit_authority(self) -> Iterator[tuple[str, str]]:
        if self.site.origin_certificate == "acme" and not self.acme:
            yield (
                "site.origin_certificate",
                "needs to know whom the certificate authority writes to; add the table [acme] with email, or "
                'choose "acm"',
            )
        if self.site.origin_certificate == "acm" and self.acme:
            yield (
                "site.origin_certificate",
                "leaves the certificate to AWS, which asks no other authority; remove the table [acme], or "
                'choose "acme"',
            )

    def _secrets_elsewhere(self) -> Iterator[tuple[str, str]]:
        if not self.acme:
            return
        secrets = {"account_key_secret_arn": self.acme.account_key_secret_arn}
        if binding := self.acme.external_account_binding:
            secrets["external_account_binding.hmac_key_secret_arn"] = binding.hmac_key_secret_arn
        for key, arn in secrets.items():
            if not arn:
                continue
            _, _, _, region, account, *_ = arn.split(":")
            if (region, account) != (self.aws.region, self.aws.account):
                yield (
                    f"acme.{key}",
                    f"is in {region} of account {account}, not in {self.aws.region} of {self.aws.account}; "
                    "create the secret there and name that one",
                )

    def _long_image_addresses(self) -> Iterator[tuple[str, str]]:
        registry, aws = self.registry, self.aws
        location = {
            "pull-through-cache": f"{aws.account}.dkr.ecr.{aws.region}.amazonaws.com/"
            f"{self.names.prefix}/{registry.project}",
            "gitlab": f"{registry.host}/{registry.project}",
            "ecr": f"{registry.repository}",
        }[registry.source]
        for container, image in registry.image_names.items():
            length = len(f"{location}/{image}")
            if length > LONGEST_IMAGE_ADDRESS:
                yield (
                    f"registry.{container}_image",
                    f"makes an image's address of {length} characters below {location.partition('/')[0]}, "
                    f"but one has {LONGEST_IMAGE_ADDRESS} at most; choose a shorter path",
                )

    def _too_little_room(self) -> Iterator[tuple[str, str]]:
        each = self.cluster.capacity
        tasks = {
            "frontend": self.frontend,
            "backend": self.backend,
            "migration": self.migration,
        }
        too_large = [
            key for key, task in tasks.items() if not each.holds(task.cpu, task.memory_mib)
        ]
        for key in too_large:
            task = tasks[key]
            wide = task.cpu > each.cpu
            yield (
                f"{key}.cpu" if wide else f"{key}.memory_mib",
                f"is more than the {each.cpu if wide else each.memory_mib} that cluster.instance_type = "
                f'"{self.cluster.instance_type}" has for containers; lower it or choose a larger type',
            )
        if too_large:
            return
        # New copies start before old ones stop: each service needs room for one more than it ever runs.
        containers = [
            *[self.frontend] * (self.frontend.maximum_count + 1),
            *[self.backend] * (self.backend.maximum_count + 1),
            self.migration,
        ]
        needed = instances_needed(containers, each)
        if needed > self.cluster.maximum_instances:
            yield (
                "cluster.maximum_instances",
                f"is too few for {len(containers)} containers (frontend.maximum_count and "
                "backend.maximum_count, a new copy of each during a deployment, the migration), since "
                f"{self.cluster.instance_type} has {each.network_interfaces} network interfaces, {each.cpu} "
                f"CPU units and {each.memory_mib} MiB for them; choose {needed} or more, a larger "
                "instance_type or a smaller maximum_count",
            )

    def _too_few_addresses(self) -> Iterator[tuple[str, str]]:
        # Instances and containers have one each; a new copy of either service starts before old ones stop.
        containers = self.frontend.maximum_count + 1 + self.backend.maximum_count + 1 + 1
        needed = containers + self.cluster.maximum_instances
        if needed > self.network.room:
            yield (
                "network.existing_vpc.cidr" if self.network.existing_vpc else "network.cidr",
                f"has addresses for {max(self.network.room, 0)} containers and instances, but "
                f"cluster.maximum_instances, frontend.maximum_count and backend.maximum_count make {needed}; "
                "choose a larger range or smaller maxima",
            )

    def _unreachable_in_a_closed_network(self) -> Iterator[tuple[str, str]]:
        if not self.network.is_closed:
            return
        if self.registry.source != "ecr":
            yield (
                "registry.source",
                'is out of reach, for network.nat = "none" leaves no way to the internet; choose "ecr" and '
                "copy the images there",
            )
        elif self.registry.region != self.aws.region:
            yield (
                "registry.repository",
                f'is in {self.registry.region}, out of reach of the endpoints that network.nat = "none" '
                f"leaves; copy the images to {self.aws.region}",
            )
        if self.application.grafana_loki:
            yield (
                "application.grafana_loki",
                'is on, but network.nat = "none" leaves no way to Grafana Loki; choose false, or a NAT',
            )
