"""All sections together, and the rules between them."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

from instandt_cdk.names import Names
from instandt_cdk.settings.acme import AcmeSettings
from instandt_cdk.settings.application import ApplicationSettings
from instandt_cdk.settings.aws import AwsSettings
from instandt_cdk.settings.cluster import ClusterSettings, too_small
from instandt_cdk.settings.database import DatabaseSettings
from instandt_cdk.settings.edge import EdgeSettings
from instandt_cdk.settings.limits.postgresql import INSTANCE_SIZES, NOT_OFFERED
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS, EDGE_REGION
from instandt_cdk.settings.network import NetworkSettings
from instandt_cdk.settings.operations import OperationsSettings
from instandt_cdk.settings.registry import RegistrySettings
from instandt_cdk.settings.section import ImageTag, Section, Text
from instandt_cdk.settings.site import SiteSettings
from instandt_cdk.settings.smoke import SmokeSettings
from instandt_cdk.settings.storage import StorageSettings
from instandt_cdk.settings.tasks import BackendSettings, FrontendSettings, MigrationSettings

# The repository prefix of a pull-through cache has at most 30 characters ("CreatePullThroughCacheRule",
# Amazon ECR API Reference). Stack names and the database's identifier, which has at most 63, may be longer.
LONGEST_NAME = 30 - len(Names("").prefix)

LONGEST_IMAGE_ADDRESS = 255
"""The most characters of an image's host and name together (OCI Distribution Specification, "Pulling
manifests")."""


EnvironmentName = Annotated[
    str,
    Text(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "a name of lower-case letters, digits and single hyphens",
        "prod",
        longest=LONGEST_NAME,
    ),
]


class Settings(Section):
    """Keys outside of any table."""

    environment: EnvironmentName
    """The environment's name: the file's name without .toml. It must not be written in the file."""

    app_version: ImageTag
    """The version of instaNDT, which is the tag of all three images unless [registry] names them by digest.
    To upgrade, change it and deploy."""

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
    smoke: SmokeSettings = SmokeSettings()

    @property
    def names(self) -> Names:
        """The names of the environment's resources."""
        return Names(self.environment)

    @property
    def alarm_email(self) -> str:
        """The address that gets an e-mail when an alarm goes off."""
        return self.operations.alarm_email or (self.acme.email if self.acme else "")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions with stacks: the main region, us-east-1 for CloudFront, and the replica's."""
        replica = self.storage.replica_region
        return tuple(
            dict.fromkeys((self.aws.region, EDGE_REGION, *((replica,) if replica else ())))
        )

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The rules between sections."""
        yield from self._unknown_region()
        yield from self._replica_in_wrong_region()
        yield from self._database_class_not_offered()
        yield from self._authority_mismatch()
        yield from self._secrets_in_wrong_place()
        yield from self._long_image_addresses()
        yield from too_small(
            self.cluster,
            frontend=self.frontend,
            backend=self.backend,
            migration=self.migration,
        )
        yield from self._network_too_small()
        yield from self._unreachable_without_internet()
        yield from self._nobody_hears_alarms()

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
            "in that region",
        )

    def _replica_in_wrong_region(self) -> Iterator[tuple[str, str]]:
        replica = self.storage.replica_region
        if replica == self.aws.region:
            yield (
                "storage.replica_region",
                "is aws.region itself, so the replica would be lost together with the media; "
                "choose another region",
            )
        elif replica and replica not in CLOUDFRONT_PREFIX_LISTS:
            yield (
                "storage.replica_region",
                f"is not a region that every account has; choose one of {', '.join(CLOUDFRONT_PREFIX_LISTS)}",
            )

    def _database_class_not_offered(self) -> Iterator[tuple[str, str]]:
        family = self.database.instance_class.partition(".")[0]
        lacking = NOT_OFFERED.get(self.aws.region, ())
        if family in lacking:
            offered = [other for other in INSTANCE_SIZES if other not in lacking]
            yield (
                "database.instance_class",
                f'is of a family that aws.region = "{self.aws.region}" does not offer; choose one of '
                f"{', '.join(offered)}",
            )

    def _authority_mismatch(self) -> Iterator[tuple[str, str]]:
        if self.site.origin_certificate == "acme" and not self.acme:
            yield (
                "site.origin_certificate",
                "needs an e-mail address for the certificate authority; add the table [acme] with email, or "
                'choose "acm"',
            )
        if self.site.origin_certificate == "acm" and self.acme:
            yield (
                "site.origin_certificate",
                "means that AWS issues the certificate, so [acme] is not used; remove the table [acme], or "
                'choose "acme"',
            )

    def _secrets_in_wrong_place(self) -> Iterator[tuple[str, str]]:
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
                    "create the secret there and use its ARN",
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
                    f"but at most {LONGEST_IMAGE_ADDRESS} are allowed; choose a shorter path",
                )

    def _network_too_small(self) -> Iterator[tuple[str, str]]:
        # Each instance and container needs an address; new copies start before old ones stop.
        containers = self.frontend.maximum_count + 1 + self.backend.maximum_count + 1 + 1
        needed = containers + self.cluster.maximum_instances
        if needed > self.network.free_addresses:
            yield (
                "network.existing_vpc.cidr" if self.network.existing_vpc else "network.cidr",
                f"has addresses for {max(self.network.free_addresses, 0)} containers and instances, but "
                f"cluster.maximum_instances, frontend.maximum_count and backend.maximum_count need {needed}; "
                "choose a larger range or smaller maxima",
            )

    def _unreachable_without_internet(self) -> Iterator[tuple[str, str]]:
        if not self.network.is_closed:
            return
        if self.registry.source != "ecr":
            yield (
                "registry.source",
                'cannot be reached, because network.nat = "none" leaves no way to the internet; choose "ecr" '
                "and copy the images there",
            )
        elif self.registry.region != self.aws.region:
            yield (
                "registry.repository",
                f'is in {self.registry.region}, which cannot be reached, because network.nat = "none" leaves '
                f"only the endpoints in {self.aws.region}; copy the images to {self.aws.region}",
            )
        if self.application.grafana_loki:
            yield (
                "application.grafana_loki",
                'is on, but network.nat = "none" leaves no way to Grafana Loki; choose false, or a NAT',
            )

    def _nobody_hears_alarms(self) -> Iterator[tuple[str, str]]:
        if not self.alarm_email:
            yield (
                "operations.alarm_email",
                "is missing, and there is no acme.email to write to instead; add the address that gets an "
                "e-mail when an alarm goes off",
            )
