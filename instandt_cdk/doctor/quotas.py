"""Whether AWS lets the account have as much as the settings need.

Only those quotas whose defaults a first deployment comes near ("Amazon EC2 service quotas", "Amazon VPC
quotas", "Quotas and constraints for Amazon RDS"); of the others it takes a few in a hundred.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instandt_cdk.doctor import needs
from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

STANDARD = re.compile(r"(?!inf|trn|hpc|mac|dl)[acdhimrtz]")
"""Beginnings of the instance types that share a quota: A, C, D, H, I, M, R, T and Z ("Amazon EC2 On-Demand
instance quotas", Amazon EC2 User Guide)."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A limit of the account in the region."""

    service: str
    code: str

    def findings(
        self, quotas: "ServiceQuotasClient", *, needed: int, used: int, later: int = 0
    ) -> Iterator[Finding]:
        """Compare what is needed with what is left beside what others use."""
        limit = _limit(quotas, self)
        left = max(limit - used, 0)
        figures = f"{left} of the quota of {limit} are left"
        if needed > left:
            yield failed(
                f"{needed} are needed, but {figures}",
                self._request(used + max(needed, later)),
            )
        elif later > left:
            yield warning(
                f"{needed} are needed at first and {later} under high load, but {figures}",
                self._request(used + later),
            )
        else:
            yield good(f"{max(needed, later)} are needed, and {figures}")

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
    """The cluster's first instances fit, and the most it may have."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    )
    instances = [
        instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if not _is_own(instance.get("Tags", []), settings)
    ]
    cluster = settings.cluster
    yield from VIRTUAL_CPUS.findings(
        quotas,
        needed=needs.virtual_cpus(settings, instances=cluster.minimum_instances),
        later=needs.virtual_cpus(settings, instances=cluster.maximum_instances),
        used=sum(map(_standard_cpus, instances)),
    )


def elastic_ips(
    quotas: "ServiceQuotasClient", ec2: "EC2Client", settings: Settings
) -> Iterator[Finding]:
    """The NAT gateways get their addresses."""
    addresses = ec2.describe_addresses()["Addresses"]
    yield from ELASTIC_IPS.findings(
        quotas,
        needed=needs.elastic_ips(settings),
        used=sum(not _is_own(address.get("Tags", []), settings) for address in addresses),
    )


def vpcs(quotas: "ServiceQuotasClient", ec2: "EC2Client", settings: Settings) -> Iterator[Finding]:
    """There is room for one more network."""
    pages = ec2.get_paginator("describe_vpcs").paginate()
    used = [vpc for page in pages for vpc in page["Vpcs"]]
    yield from VPCS.findings(
        quotas, needed=1, used=sum(not _is_own(vpc.get("Tags", []), settings) for vpc in used)
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
        used=sum(not _is_own(database.get("TagList", []), settings) for database in used),
    )


def _limit(quotas: "ServiceQuotasClient", quota: Quota) -> int:
    try:
        answer = quotas.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except quotas.exceptions.NoSuchResourceException:
        # Nobody ever asked for more ("GetServiceQuota", Service Quotas API Reference).
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


def _is_own(tags: "Iterable[Mapping[str, object]]", settings: Settings) -> bool:
    """Whether the environment's own deployment made it: then it is among what is needed."""
    found = {tag.get("Key"): tag.get("Value") for tag in tags}
    return found.items() >= settings.names.tags.items()
