"""The ways in which a change hurts: what would happen, and what to do instead."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a deployment; the worst of its findings decides."""

    SAFE = "goes through"
    TOLD = "goes through, and says so"
    ASKED = "asks for a name"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Harm:
    """One way in which a change hurts."""

    verdict: Verdict
    would: str
    """What would happen, after "it would"; {things} are the resources."""
    way: str
    """What to do, or what follows."""
    keys: tuple[str, ...] = ("",)
    """What the settings begin with that can be the cause."""


_ELSEWHERE = (
    "put it back; for this, deploy another environment beside this one, and move media and database "
    "there"
)

NETWORK = Harm(
    verdict=Verdict.REFUSED,
    would="replace or delete {things} under the stacks that use them: AWS deletes nothing that is in use, so "
    "the deployment would fail halfway, with tasks, database or load balancer cut off",
    way=_ELSEWHERE,
    keys=("network.cidr", "network.existing_vpc.", "network.zones"),
)
SERVING = Harm(
    verdict=Verdict.REFUSED,
    would="replace or delete {things}, through which the site is served, and cut the site off",
    way=_ELSEWHERE,
)
STALE = Harm(
    verdict=Verdict.REFUSED,
    would="replace {things}, but leave a stack as it is that goes on using the old one",
    way=_ELSEWHERE,
)
VPC_ORIGIN = Harm(
    verdict=Verdict.REFUSED,
    # "Restrict access with VPC origins", Amazon CloudFront Developer Guide; aws/aws-cdk#34629.
    would="change {things}, which CloudFront refuses while the distribution uses it",
    way=_ELSEWHERE,
)
SERVICE_TOKEN = Harm(
    verdict=Verdict.REFUSED,
    would="give {things} another function, which CloudFormation refuses",
    way="deploy the version of this application that is deployed now",
)
NAMED = Harm(
    verdict=Verdict.REFUSED,
    # "Name type", AWS CloudFormation User Guide.
    would="replace {things} by one of the same name, which CloudFormation refuses",
    way=_ELSEWHERE,
)
REGION = Harm(
    verdict=Verdict.REFUSED,
    would="lead the site to a new, empty instaNDT, and leave {things} behind",
    way="put it back; for another region, write a settings file of another name, deploy it and move the data",
    keys=("aws.region",),
)
IMAGES_UNREACHABLE = Harm(
    verdict=Verdict.REFUSED,
    would="take away {things}, over which the running version still pulls its images from GitLab: no task "
    "could start until the services are updated, or ever again if that fails",
    way='deploy registry.source = "ecr" first, and then network.nat = "none"',
    keys=("network.nat", "registry.source"),
)
DATABASE_REPLACED = Harm(
    verdict=Verdict.REFUSED,
    would="replace the database by an empty one of the same name, which CloudFormation refuses halfway",
    way="put it back; to change this, restore a snapshot into an instance of your own making",
)
DATABASE_SHRUNK = Harm(
    verdict=Verdict.REFUSED,
    # "Working with storage for Amazon RDS DB instances", Amazon RDS User Guide.
    would="make the database's storage smaller, which RDS refuses",
    way="put it back; RDS can only let storage grow",
    keys=("database.storage_gib",),
)
ENGINE_LOWERED = Harm(
    verdict=Verdict.REFUSED,
    # "Upgrading a DB instance engine version", Amazon RDS User Guide.
    would="give the database an older major version, which RDS refuses",
    way="put it back; RDS can only raise it",
    keys=("database.engine_version",),
)
ENGINE_RAISED = Harm(
    verdict=Verdict.REFUSED,
    # "Major version upgrades for RDS for PostgreSQL", Amazon RDS User Guide.
    would="give the database another major version, which RDS refuses without further steps",
    way="put it back; upgrade a copy of the database first, to see whether it can be",
    keys=("database.engine_version",),
)
NEW_VALUE = Harm(
    verdict=Verdict.REFUSED,
    would="overwrite {things} by a new value, which nothing that uses the old one knows",
    way="deploy the version of this application that is deployed now",
)
UNTRUSTED = Harm(
    verdict=Verdict.REFUSED,
    would="replace the certificate by one of Let's Encrypt's staging authority, which CloudFront does "
    "not trust: every request would end in 502",
    way="choose an authority that browsers trust",
    keys=("acme.directory_url",),
)

LOST = Harm(
    verdict=Verdict.ASKED,
    would="delete {things} with everything in it, for good",
    way="copy what you still need first",
    keys=("storage.mode", "site.origin_certificate", "operations.removal_policy"),
)
LEFT = Harm(
    verdict=Verdict.ASKED,
    would="start with an empty store, and leave {things} in the account, which nothing uses any more; until "
    "the services are updated, media cannot be read",
    way="copy what is in it to the new store yourself; deleting it later is up to you",
    keys=("storage.mode",),
)
COPY_LEFT = Harm(
    verdict=Verdict.ASKED,
    would="leave the copy of the media in {things} as it is: new media and deletions reach it no more",
    way="delete its stack and its bucket when you need the copy no longer",
    keys=("storage.replica_region",),
)
UNPROTECTED = Harm(
    verdict=Verdict.ASKED,
    would="lift the protection of {things}: from then on, they are deleted with their stacks",
    way="do this only to throw the environment away",
    keys=("operations.removal_policy",),
)
BACKUPS_SHORTENED = Harm(
    verdict=Verdict.ASKED,
    would="delete the database's older backups",
    way="copy a snapshot first if you need them",
    keys=("database.backup_days",),
)
VERSIONS_SHORTENED = Harm(
    verdict=Verdict.ASKED,
    would="delete older versions of media in {things}, which could still be restored",
    way="restore or copy what you still need first",
    keys=("storage.old_versions_days",),
)
LOGS_SHORTENED = Harm(
    verdict=Verdict.ASKED,
    would="delete older entries of {things}",
    way="export what you must keep first",
    keys=("operations.log_retention_days",),
)
DATABASE_RESTARTED = Harm(
    verdict=Verdict.ASKED,
    # "Settings for DB instances", Amazon RDS User Guide; "What factors affect my downtime or database
    # performance in Amazon RDS?", AWS re:Post Knowledge Center.
    would="restart the database at once: the site fails for one or two minutes with a standby, else longer",
    way="deploy it when nobody works",
    keys=("database.instance_class",),
)
TARGETS_REPLACED = Harm(
    verdict=Verdict.ASKED,
    would="lead requests to {things}, which is empty: the site fails until new tasks are healthy",
    way="deploy it when nobody works",
    keys=("network.cidr", "network.existing_vpc."),
)
BALANCER_MOVED = Harm(
    verdict=Verdict.ASKED,
    would="take the load balancer out of subnets at once: requests on their way through them fail",
    way="deploy it when nobody works; an added subnet does no harm",
    keys=("network.existing_vpc.", "network.zones"),
)
INTERNAL_NAME = Harm(
    verdict=Verdict.ASKED,
    would="delete the load balancer's old name, by which the frontend calls the backend: pages fail until "
    "the services are updated",
    way="deploy it when nobody works",
    keys=("site.internal_name",),
)
ADDRESS = Harm(
    verdict=Verdict.ASKED,
    would="delete the site's old address: links to it, and everybody's login, end",
    way="tell the users the new one first",
    keys=("site.domain",),
)
UNKNOWN = Harm(
    verdict=Verdict.ASKED,
    would="replace or delete {things}, of which is not known here what that does",
    way="look them up in `make diff`",
)

ENDPOINTS_LEFT = Harm(
    verdict=Verdict.TOLD,
    would="leave the endpoints in {things} as they are, and what they cost",
    way="delete this stack after the deployment",
    keys=("network.interface_endpoints",),
)
KEPT_NAME = Harm(
    verdict=Verdict.TOLD,
    would="leave {things} in the account, unused, with its name",
    way="delete it before you change back, because the name is taken until then",
    keys=("registry.source", "site.origin_certificate"),
)
WAY_OUT_MOVED = Harm(
    verdict=Verdict.TOLD,
    would="change the way out, {things}: what is on its way to the internet, such as mails and images, "
    "breaks off, and what goes out later comes from other addresses",
    way="change the addresses wherever they are allowed by number",
    keys=("network.nat", "network.zones"),
)
