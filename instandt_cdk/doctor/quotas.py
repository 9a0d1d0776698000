"""Whether the account's service quotas leave room for the deployment.

Only quotas are checked whose default a first deployment comes near ("Amazon EC2 service quotas", "Amazon VPC
quotas", "Quotas and constraints for Amazon RDS"). Of the others it uses a few percent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instandt_cdk.doctor import requirements
from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

STANDARD = re.compile(r"(?!inf|trn|hpc|mac|dl)[acdhimrtz]")
"""Matches the instance types that share one quota, the families A, C, D, H, I, M, R, T and Z ("Amazon EC2
On-Demand instance quotas", Amazon EC2 User Guide)."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A service quota of the account in the region."""

    service: str
    code: str

    def findings(
        self, quotas: "ServiceQuotasClient", *, needed: int, used: int, peak: int = 0
    ) -> Iterator[Finding]:
        """Compare what the deployment needs with what is left of the quota.

        Args:
            quotas: Client for Service Quotas.
            needed: What a first deployment needs.
            used: What other deployments use already.
            peak: What it needs under high load, if that is more.
        """
        limit = _limit(quotas, self)
        left = max(limit - used, 0)
        left_of_quota = f"{left} of the quota of {limit} are left"
        if needed > left:
            yield failed(
                f"{needed} are needed, but {left_of_quota}",
                self._request(used + max(needed, peak)),
            )
        elif peak > left:
            yield warning(
                f"{needed} are needed at first and {peak} under high load, but {left_of_quota}",
                self._request(used + peak),
            )
        else:
            yield good(f"{max(needed, peak)} are needed, and {left_of_quota}")

    def _request(self, value: int) -> str:
        return (
            f"`aws service-quotas request-service-quota-increase --service-code {self.service} "
            f"--quota-code {self.code} --desired-value {value}`"
        )


VIRTUAL_CPUS = Quota(service="ec2", code="L-1216C47A")
ELASTIC_IPS = Quota(service="ec2", code="L-0263D0A3")
VPCS = Quota(service="vpc", code="L-F678F1CE")
DATABASES = Quota(service="rds", code="L-7B6409FD")


def virtual_cpus(
    quotas: "ServiceQuotasClient", ec2: "EC2Client", settings: Settings
) -> Iterator[Finding]:
    """The cluster's minimum and maximum of instances fit into the quota."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    )
    instances = [
        instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if not is_own(instance.get("Tags", []), settings)
    ]
    cluster = settings.cluster
    yield from VIRTUAL_CPUS.findings(
        quotas,
        needed=requirements.virtual_cpus(settings, instances=cluster.minimum_instances),
        peak=requirements.virtual_cpus(settings, instances=cluster.maximum_instances),
        used=sum(map(_standard_cpus, instances)),
    )


def elastic_ips(
    quotas: "ServiceQuotasClient", ec2: "EC2Client", settings: Settings
) -> Iterator[Finding]:
    """There are enough elastic IP addresses for the NAT.

    A changed NAT has its own addresses before the former one gives its back.
    """
    addresses = ec2.describe_addresses()["Addresses"]
    with_instances = settings.network.nat == "instance-per-zone"
    yield from ELASTIC_IPS.findings(
        quotas,
        needed=requirements.elastic_ips(settings),
        used=sum(
            not is_own(address.get("Tags", []), settings)
            or ("AssociationId" in address and ("InstanceId" in address) != with_instances)
            for address in addresses
        ),
    )


def vpcs(quotas: "ServiceQuotasClient", ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """There is room for one more VPC."""
    pages = ec2.get_paginator("describe_vpcs").paginate()
    used = [vpc for page in pages for vpc in page["Vpcs"]]
    yield from VPCS.findings(
        quotas, needed=1, used=sum(not is_own(vpc.get("Tags", []), settings) for vpc in used)
    )


def databases(
    quotas: "ServiceQuotasClient", rds: "RDSClient", settings: Settings
) -> Iterator[Finding]:
    """There is room for one more database."""
    pages = rds.get_paginator("describe_db_instances").paginate()
    used = [database for page in pages for database in page["DBInstances"]]
    yield from DATABASES.findings(
        quotas,
        needed=1,
        used=sum(not is_own(database.get("TagList", []), settings) for database in used),
    )


def _limit(quotas: "ServiceQuotasClient", quota: Quota) -> int:
    try:
        answer = quotas.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except quotas.exceptions.NoSuchResourceException:
        # The quota was never raised: the default applies ("GetServiceQuota", Service Quotas API Reference).
        default = quotas.get_aws_default_service_quota(
            ServiceCode=quota.service, QuotaCode=quota.code
        )
        return int(default["Quota"]["Value"])
    return int(answer["Quota"]["Value"])


def _standard_cpus(instance: "InstanceTypeDef") -> int:
    # Spot instances have a quota of their own.
    if not STANDARD.match(instance["InstanceType"]) or instance.get("InstanceLifecycle") == "spot":
        return 0
    options = instance["CpuOptions"]
    return options["CoreCount"] * options["ThreadsPerCore"]


def is_own(tags: "Iterable[Mapping[str, object]]", settings: Settings) -> bool:
    """Whether the resource belongs to this environment; the requirement counts it already."""
    found = {tag.get("Key"): tag.get("Value") for tag in tags}
    return found.items() >= settings.names.tags.items()
