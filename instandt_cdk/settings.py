"""The operator's settings: every option, its default and its rule.

One TOML file per environment, `environments/NAME.toml`, is read into these models. A table of the file
is a class below, a key is a field, and a field's docstring is its manual. Defaults are safe for
production. Every rule that AWS would enforce minutes into a deployment is enforced here.
"""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    field_validator,
    model_validator,
)

from instandt_cdk.regions import CLOUDFRONT_PREFIX_LISTS


def _text(pattern: str, what: str, *, longest: int = 256) -> AfterValidator:
    """A string rule whose error says what is expected, not which expression failed."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value) or len(value) > longest:
            raise ValueError(f"{value!r} is not {what}")
        return value

    return AfterValidator(check)


# RFC 1035, section 2.3.1, and RFC 1123, section 2.1. The first name of a certificate has at most 64
# characters (RFC 5280, ub-common-name).
DomainName = Annotated[
    str,
    _text(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a lower-case domain name of at most 64 characters, such as images.example.com",
        longest=64,
    ),
]
EmailAddress = Annotated[
    str, _text(r"[^@\s;]+@[^@\s;]+\.[^@\s;]+", "an e-mail address, such as operations@example.com")
]
# OCI Distribution Specification, "Pulling manifests".
ImageTag = Annotated[
    str,
    _text(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        "an image tag: letters, digits, _, . and -, such as 2.1.0",
    ),
]
ImageName = Annotated[
    str,
    _text(
        r"[a-z0-9]+([._/-][a-z0-9]+)*",
        "an image's path: lower-case letters and digits, parted by /, ., _ or -, such as group/project",
    ),
]
HttpPath = Annotated[str, _text(r"/[A-Za-z0-9._~/-]*", "a path, such as /api/health")]
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653
]


class Section(BaseModel):
    """A table of the settings file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AwsSettings(Section):
    """Where the environment lives."""

    account: Annotated[
        str, _text(r"\d{12}", "an account number of 12 digits, such as 123456789012")
    ]
    """The AWS account's number, 12 digits, in quotes."""

    region: Annotated[str, _text(r"[a-z]{2}(-[a-z]+)+-\d", "a region, such as eu-central-1")]
    """The main region, for example "eu-central-1". The edge is always in us-east-1, as CloudFront demands."""


class SiteSettings(Section):
    """The names under which the site is reached."""

    domain: DomainName
    """What users type, for example "images.example.com". Must lie in the hosted zone."""

    internal_name: DomainName
    """The load balancer's own name, for example "internal.images.example.com": the frontend's server side
    calls the backend by it. Must lie in the hosted zone too, since its certificate is proven there."""

    hosted_zone_name: DomainName
    """The public Route 53 hosted zone that holds both names, for example "example.com"."""

    hosted_zone_id: Annotated[
        str, _text(r"Z[A-Z0-9]{1,31}", "a hosted zone's id, such as Z0123456789ABCDEFGHIJ")
    ]
    """That zone's id, for example "Z0123456789ABCDEFGHIJ"."""

    cookie_domain: DomainName | None = None
    """The domain of the login cookie; the site's domain when left out. A parent domain shares the login
    with its other subdomains."""

    @model_validator(mode="after")
    def _names_lie_in_the_zone(self) -> Self:
        for key in ("domain", "internal_name"):
            name: str = getattr(self, key)
            if name != self.hosted_zone_name and not name.endswith(f".{self.hosted_zone_name}"):
                raise ValueError(
                    f"{key} = {name!r} is not in the hosted zone {self.hosted_zone_name!r}; "
                    "choose a name below the zone, or name the zone that holds it"
                )
        if self.domain == self.internal_name:
            raise ValueError(
                f"internal_name = {self.internal_name!r} is the site's domain too; the two names lead to "
                f'different places: choose another, for example "internal.{self.domain}"'
            )
        return self


class ExternalAccountBinding(Section):
    """What a certificate authority that is not open to everybody hands to its customers (RFC 8555, 7.3.4)."""

    key_id: str = Field(min_length=1)
    """The key identifier the authority gave you."""

    hmac_key_secret_arn: Annotated[
        str,
        _text(
            r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-\w{6}",
            "a secret's complete ARN, which ends in a hyphen and six characters",
            longest=2048,
        ),
    ]
    """The complete ARN of the Secrets Manager secret that holds the authority's HMAC key as its text."""


class AcmeSettings(Section):
    """The certificate authority of the load balancer's certificate."""

    email: EmailAddress
    """Whom the authority tells about expiring certificates and changed terms."""

    directory_url: HttpUrl = HttpUrl("https://acme-v02.api.letsencrypt.org/directory")
    """The authority's ACME directory. Let's Encrypt's staging directory,
    "https://acme-staging-v02.api.letsencrypt.org/directory", has generous limits but CloudFront does not
    trust its certificates."""

    external_account_binding: ExternalAccountBinding | None = None
    """Only for authorities that ask for one."""

    @field_validator("directory_url")
    @classmethod
    def _https_only(cls, value: HttpUrl) -> HttpUrl:
        if value.scheme != "https":
            raise ValueError(
                f"{value} is not https; RFC 8555 (6.1) requires it: use the https address"
            )
        return value


class RegistrySettings(Section):
    """Where the vendor's three images come from: gitlab.com, through ECR's pull-through cache."""

    username: str = Field(min_length=1)
    """The GitLab user of the registry's access token. The token itself is no setting: it is asked for at
    the first deployment and kept in Secrets Manager."""

    project: ImageName
    """The path of the registry's project, for example "group/project"."""

    frontend_image: ImageName = "frontend"
    """The name of the frontend's image below the project."""

    backend_image: ImageName = "backend"
    """The name of the backend's image below the project."""

    migration_image: ImageName = "migration"
    """The name of the database migration's image below the project."""


class ApplicationSettings(Section):
    """What the application itself can be told."""

    email_sender: EmailAddress
    """The address that instaNDT's e-mails come from; it must be verified in SES."""

    upload_limit_mib: int = Field(default=1024, ge=1, le=20480)
    """The largest file a user may upload, in MiB."""

    storage_limit_gib: int = Field(default=100, ge=1)
    """How much an organisation may store unless told otherwise, in GiB."""

    email_token_seconds: int = Field(default=3600, ge=60)
    """How long a token sent by e-mail is valid, in seconds."""

    email_verification_seconds: int = Field(default=86400, ge=60)
    """How long the link that verifies an e-mail address is valid, in seconds."""

    commit_hash: str = Field(default="unknown", min_length=1)
    """The commit that the images were built from, shown in the application."""

    grafana_loki: bool = False
    """Whether the application sends its logs to Grafana Loki too."""


class NetworkSettings(Section):
    """The private network."""

    cidr: str = "10.0.0.0/16"
    """The VPC's IPv4 range, between /16 and /20; it must not overlap networks that you peer with."""

    zones: tuple[Annotated[str, _text(r"[a-f]", "a zone's letter, such as a")], ...] = ("a", "b")
    """The letters of the availability zones, two or three: what is highly available is spread over them."""

    nat_gateways: int = Field(default=2, ge=1)
    """How many NAT gateways give the private subnets a way out: one per zone survives the loss of a zone,
    a single one is cheaper."""

    cloudfront_prefix_list_id: (
        Annotated[str, _text(r"pl-[0-9a-f]+", "a prefix list's id, such as pl-a3a144ca")] | None
    ) = None
    """The id of the prefix list com.amazonaws.global.cloudfront.origin-facing in the region; needed only in
    regions that this application does not know."""

    @field_validator("cidr")
    @classmethod
    def _private_range_of_fitting_size(cls, value: str) -> str:
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise ValueError(f"{error}; write an IPv4 range such as 10.0.0.0/16") from None
        if not 16 <= network.prefixlen <= 20:
            raise ValueError(
                f"{value} has the size /{network.prefixlen}; choose between /16 and /20"
            )
        if not network.is_private:
            raise ValueError(f"{value} is not private (RFC 1918); choose one such as 10.0.0.0/16")
        return value

    @field_validator("zones")
    @classmethod
    def _two_or_three_zones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in (2, 3) or len(set(value)) != len(value):
            raise ValueError(
                f'{list(value)} are not two or three different zones; write ["a", "b"]'
            )
        return value

    @model_validator(mode="after")
    def _no_more_gateways_than_zones(self) -> Self:
        if self.nat_gateways > len(self.zones):
            raise ValueError(
                f"nat_gateways = {self.nat_gateways} is more than the {len(self.zones)} zones; "
                "there can be one per zone"
            )
        return self


class DatabaseSettings(Section):
    """The PostgreSQL database."""

    instance_class: Annotated[
        str, _text(r"[a-z]\d+[a-z]*\.[a-z0-9]+", 'a class without "db.", such as m7g.large')
    ] = "m7g.large"
    """The instance's class without "db.", for example "t4g.micro" for a trial."""

    engine_version: Annotated[
        str, _text(r"1[5-8]\.\d+", "a full version of PostgreSQL from 15 to 18, such as 17.11")
    ] = "17.11"
    """The version of PostgreSQL to start with. RDS applies later minor versions by itself, in the
    maintenance window."""

    storage_gib: int = Field(default=50, ge=20, le=65536)
    """The storage to start with, in GiB."""

    maximum_storage_gib: int = Field(default=500, ge=20, le=65536)
    """How far the storage may grow by itself, in GiB."""

    multi_az: bool = True
    """Whether a standby in another zone takes over when the first one fails."""

    backup_days: int = Field(default=14, ge=1, le=35)
    """How many days back the database can be restored to any moment."""

    @model_validator(mode="after")
    def _room_to_grow(self) -> Self:
        # RDS asks for at least 10 % more ("Managing capacity automatically", Amazon RDS User Guide).
        if self.maximum_storage_gib < self.storage_gib * 1.1:
            raise ValueError(
                f"maximum_storage_gib = {self.maximum_storage_gib} leaves no room to grow from storage_gib = "
                f"{self.storage_gib}; choose at least 10 % more"
            )
        return self


class ClusterSettings(Section):
    """The EC2 instances that the containers run on."""

    instance_type: Annotated[
        str, _text(r"[a-z]+\d+[a-z-]*\.[a-z0-9-]+", "an instance type, such as m6i.large")
    ] = "m6i.large"
    """The instances' type. Each container takes one of its network interfaces: an m6i.large runs two."""

    minimum_instances: int = Field(default=2, ge=1)
    """How many instances always run."""

    maximum_instances: int = Field(default=8, ge=1)
    """How many may run at most; an upgrade needs room for old and new containers side by side."""

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> Self:
        if self.minimum_instances > self.maximum_instances:
            raise ValueError(
                f"minimum_instances = {self.minimum_instances} is more than maximum_instances = "
                f"{self.maximum_instances}; raise the one or lower the other"
            )
        return self


class TaskSettings(Section):
    """What one container may use."""

    cpu: int = Field(ge=128, le=10240)
    """CPU units; 1024 are one virtual CPU."""

    memory_mib: int = Field(ge=128)
    """Memory in MiB; a container that takes more is stopped."""


class ServiceSettings(TaskSettings):
    """One of the two services."""

    desired_count: int = Field(default=2, ge=1)
    """How many copies run at least; two survive the loss of a zone."""

    maximum_count: int = Field(default=4, ge=1)
    """How many copies may run when the load is high."""

    port: int = Field(ge=1, le=65535)
    """The port that the container listens on."""

    health_path: HttpPath
    """The path that answers 200 when the container is well."""

    @model_validator(mode="after")
    def _desired_below_maximum(self) -> Self:
        if self.desired_count > self.maximum_count:
            raise ValueError(
                f"desired_count = {self.desired_count} is more than maximum_count = {self.maximum_count}; "
                "raise the one or lower the other"
            )
        return self


class FrontendSettings(ServiceSettings):
    """The frontend: pages, rendered on the server."""

    cpu: int = Field(default=512, ge=128, le=10240)
    memory_mib: int = Field(default=1024, ge=128)
    port: int = Field(default=3000, ge=1, le=65535)
    health_path: HttpPath = "/"


class BackendSettings(ServiceSettings):
    """The backend: the API below /api/."""

    cpu: int = Field(default=1024, ge=128, le=10240)
    memory_mib: int = Field(default=2048, ge=128)
    port: int = Field(default=8080, ge=1, le=65535)
    health_path: HttpPath = "/api/health"


class MigrationSettings(TaskSettings):
    """The database migration, which runs before each new version."""

    cpu: int = Field(default=512, ge=128, le=10240)
    memory_mib: int = Field(default=1024, ge=128)

    timeout_minutes: int = Field(default=50, ge=1, le=55)
    """How long a migration may take; CloudFormation waits for an hour at most."""


class OperationsSettings(Section):
    """How the environment is kept."""

    log_retention_days: RetentionDays = 365
    """How long logs are kept, in days: one of the periods that CloudWatch Logs offers."""

    removal_policy: Literal["retain", "destroy"] = "retain"
    """What becomes of images, database and secrets when their stack is deleted: "retain" keeps them and
    protects their stacks from deletion; "destroy" deletes everything, for trials only."""

    alarm_email: EmailAddress | None = None
    """Who gets an e-mail when an alarm goes off; without it alarms only show in CloudWatch."""


class Settings(Section):
    """An environment, all of it."""

    environment: Annotated[
        str,
        # ECR's prefix "instandt-NAME" may have 30 characters at most.
        _text(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "a short name, such as prod", longest=16),
    ]
    """The environment's name: the file's name, never written in the file."""

    app_version: ImageTag
    """The version of instaNDT: the tag of all three images. To upgrade, change it and deploy."""

    aws: AwsSettings
    site: SiteSettings
    acme: AcmeSettings
    registry: RegistrySettings
    application: ApplicationSettings
    network: NetworkSettings = NetworkSettings()
    database: DatabaseSettings = DatabaseSettings()
    cluster: ClusterSettings = ClusterSettings()
    frontend: FrontendSettings = FrontendSettings()
    backend: BackendSettings = BackendSettings()
    migration: MigrationSettings = MigrationSettings()
    operations: OperationsSettings = OperationsSettings()

    @model_validator(mode="after")
    def _the_region_is_known(self) -> Self:
        if (
            self.aws.region not in CLOUDFRONT_PREFIX_LISTS
            and not self.network.cloudfront_prefix_list_id
        ):
            raise ValueError(
                f"network.cloudfront_prefix_list_id is missing, and that of aws.region = {self.aws.region!r} "
                "is not known here; find it with `aws ec2 describe-managed-prefix-lists --filters "
                "Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing`"
            )
        return self


class SettingsError(Exception):
    """The settings cannot be used; the message says where, what and how to mend it, a line each."""


def load(directory: Path, environment: str, *, app_version: str | None = None) -> Settings:
    """Read an environment's settings.

    Args:
        directory: The folder of the settings files.
        environment: The environment's name; its file is `NAME.toml`.
        app_version: Takes the place of the file's `app_version`, for a trial of another version.

    Raises:
        SettingsError: The file is missing, is no TOML, or breaks rules: all of them are listed.
    """
    path = directory / f"{environment}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in directory.glob("*.toml")))
        raise SettingsError(
            f"{path}: there is no such file; the environments are: {known}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}; mend that line") from None
    if app_version is not None:
        values["app_version"] = app_version
    try:
        return Settings.model_validate({**values, "environment": environment})
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{path}: {'.'.join(map(str, problem['loc'])) or 'settings'}: {_sentence(problem['msg'])}"
                + ("" if isinstance(problem["input"], dict) else f" (found {problem['input']!r})")
                for problem in error.errors()
            )
        ) from None


def _sentence(message: str) -> str:
    return re.sub(r"^Value error, ", "", message)
