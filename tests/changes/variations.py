"""Production with each setting changed, and what is expected of that change and of the way back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from instandt_cdk.changes import Finding, Stacks, Verdict, examine
from instandt_cdk.changes.stacks import Place
from instandt_cdk.settings import Section, Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION
from instandt_cdk.settings.section import subsection
from tests.support.choices import CHOICES, EXISTING, FROM_ECR, MIRROR, Changes, production
from tests.support.synthesis import bare_templates

SAFE, TOLD, ASKED, REFUSED = Verdict

EXISTING_IN_THREE_ZONES: Mapping[str, Any] = {
    **EXISTING,
    "application_subnet_ids": ["subnet-0a0a0a0a", "subnet-0a0a0a0b", "subnet-0a0a0a0c"],
    "data_subnet_ids": ["subnet-0d0d0d0a", "subnet-0d0d0d0b", "subnet-0d0d0d0c"],
}
ROUTED = {"application_route_table_ids": ["rtb-0c0c0c0a", "rtb-0c0c0c0b", "rtb-0c0c0c0c"]}
OTHER_SUBNETS = {
    "application_subnet_ids": ["subnet-0a0a0a0a", "subnet-0a0a0a0b", "subnet-0a0a0a0e"]
}
OTHER_DATA_SUBNETS = {"data_subnet_ids": ["subnet-0d0d0d0a", "subnet-0d0d0d0b", "subnet-0d0d0d0e"]}
HARDENED = {"read_only_root": True, "user": "1000"}
SERVICE = {
    **HARDENED,
    "desired_count": 3,
    "maximum_count": 5,
    "health_path": "/healthz",
    "health_codes": "204",
}
IN_EXISTING: Changes = {"network": {"existing_vpc": EXISTING_IN_THREE_ZONES}}


@dataclass(frozen=True)
class Variation:
    """Settings that change together. If several hurt, each does in a way of its own."""

    changes: Changes
    expected: Mapping[str, tuple[Verdict, Verdict]] = field(default_factory=dict)
    """By key, of the change and of the way back; all other changed keys are safe."""
    base: Changes = field(default_factory=dict)
    """What is deployed: production with this."""

    @property
    def keys(self) -> list[str]:
        """The dotted keys that change."""
        return [key for key in _dotted(self.changes) if key in all_keys()]

    def findings(self) -> tuple[list[Finding], list[Finding]]:
        """What is found about the change, and about the way back."""
        before = stacks_of(production(self.base))
        after = stacks_of(production(self.base, self.changes))
        return examine(before, after), examine(after, before)


HURTING = (
    Variation({"network": {"cidr": "10.0.0.0/20"}}, {"network.cidr": (REFUSED, REFUSED)}),
    Variation({"network": {"zones": ["a", "b"]}}, {"network.zones": (REFUSED, SAFE)}),
    Variation({"network": {"nat": "single-gateway"}}, {"network.nat": (TOLD, SAFE)}),
    Variation({"network": {"nat": "instance-per-zone"}}, {"network.nat": (TOLD, TOLD)}),
    Variation(
        {"network": {"nat": "none"}},
        {"network.nat": (TOLD, SAFE)},
        base={"registry": {**FROM_ECR, "repository": MIRROR}},
    ),
    Variation({"network": {"interface_endpoints": False}}),
    Variation(
        {"network": {"interface_endpoints": False}},
        {"network.interface_endpoints": (TOLD, SAFE)},
        base={"network": {"existing_vpc": EXISTING_IN_THREE_ZONES, "interface_endpoints": True}},
    ),
    Variation(
        IN_EXISTING,
        {
            f"network.existing_vpc.{key}": (REFUSED, REFUSED)
            for key in ("id", "application_subnet_ids", "data_subnet_ids")
        },
    ),
    Variation(
        {"network": {"existing_vpc": {**EXISTING_IN_THREE_ZONES, **OTHER_SUBNETS}}},
        {"network.existing_vpc.application_subnet_ids": (ASKED, ASKED)},
        base=IN_EXISTING,
    ),
    Variation(
        {"network": {"existing_vpc": {**EXISTING_IN_THREE_ZONES, **OTHER_DATA_SUBNETS}}},
        {"network.existing_vpc.data_subnet_ids": (REFUSED, REFUSED)},
        base=IN_EXISTING,
    ),
    Variation(CHOICES["gitlab"], {"registry.source": (TOLD, TOLD)}),
    Variation(CHOICES["ecr"], {"registry.source": (TOLD, SAFE)}),
    Variation(CHOICES["acm"], {"site.origin_certificate": (TOLD, SAFE)}),
    Variation(CHOICES["files"], {"storage.mode": (ASKED, ASKED)}),
    Variation(
        CHOICES["copy"],
        {"storage.old_versions_days": (ASKED, SAFE), "storage.replica_region": (SAFE, ASKED)},
    ),
    Variation(
        {"storage": {"replica_region": "eu-west-3"}},
        {"storage.replica_region": (ASKED, ASKED)},
        base={"storage": {"replica_region": "eu-west-1"}},
    ),
    Variation(
        {
            "database": {"backup_days": 7, "engine_version": "16", "storage_gib": 40},
        },
        {
            "database.backup_days": (ASKED, SAFE),
            "database.engine_version": (REFUSED, REFUSED),
            "database.storage_gib": (REFUSED, SAFE),
        },
    ),
    Variation({"database": {"name": "ndt"}}, {"database.name": (REFUSED, REFUSED)}),
    Variation(
        {
            "database": {"instance_class": "m7g.xlarge"},
            "operations": {"log_retention_days": 30},
            "site": {"domain": "ndt.example.com"},
            "acme": {"directory_url": "https://acme-staging-v02.api.letsencrypt.org/directory"},
        },
        {
            "database.instance_class": (ASKED, ASKED),
            "operations.log_retention_days": (ASKED, SAFE),
            "site.domain": (ASKED, ASKED),
            "acme.directory_url": (REFUSED, SAFE),
        },
    ),
    Variation(
        {"site": {"internal_name": "origin.example.com"}}, {"site.internal_name": (ASKED, ASKED)}
    ),
    Variation(
        {"operations": {"removal_policy": "destroy"}}, {"operations.removal_policy": (ASKED, SAFE)}
    ),
    Variation({"aws": {"region": "eu-west-1"}}, {"aws.region": (REFUSED, REFUSED)}),
)
"""Settings that can hurt."""

HARMLESS = (
    Variation(
        {
            "app_version": "2.0.0",
            "site": {
                "cookie_domain": "example.com",
                "hosted_zone_id": "Z0000000000ABCDEFGHIJ",
                "hosted_zone_name": "instandt.example.com",
            },
            "acme": {"email": "certificates@example.com"},
            "registry": {
                "username": "other",
                "project": "other/project",
                "frontend_image": "web",
                "backend_image": "api",
                "migration_image": "schema",
            },
            "application": {
                "email_sender": "ndt@example.com",
                "upload_limit_mib": 2048,
                "upload_minutes": 40,
                "storage_limit_gib": 200,
                "email_token_seconds": 60,
                "email_verification_seconds": 60,
                "commit_hash": "abcdef",
                "grafana_loki": True,
            },
            "network": {"cloudfront_prefix_list_id": "pl-0123456789abcdef0"},
            "edge": {
                "countries": ["DE"],
                "allowed_addresses": ["203.0.113.0/24"],
                "blocked_addresses": ["198.51.100.7"],
                "requests_per_five_minutes": 5000,
            },
            "storage": {"intelligent_tiering_after_days": 0},
            "database": {
                "maximum_storage_gib": 600,
                "snapshot_days": 90,
                "multi_az": False,
                "require_tls": False,
                "rotation_days": 7,
            },
            "cluster": {
                "instance_type": "m6i.xlarge",
                "minimum_instances": 3,
                "maximum_instances": 9,
                "instance_days": 21,
                "volume_gib": 100,
            },
            "frontend": {"cpu": 256, "memory_mib": 512, "port": 3001, **SERVICE},
            "backend": {"cpu": 512, "memory_mib": 1024, "port": 8081, **SERVICE},
            "migration": {"cpu": 256, "memory_mib": 512, "timeout_minutes": 20, **HARDENED},
            "operations": {
                "alarm_email": "alarms@example.com",
                "guide_url": "https://git.example.com/docs",
            },
            "smoke": {"media_path": "/api/files", "id_key": "uid", "upload_field": "file"},
        }
    ),
    Variation({"storage": {"mount_path": "/srv/other"}}, base=CHOICES["files"]),
    Variation(
        {"network": {"existing_vpc": {**EXISTING_IN_THREE_ZONES, **ROUTED}}}, base=IN_EXISTING
    ),
    Variation(CHOICES["account key"]),
    Variation(CHOICES["bound account"]),
)
"""Settings that never hurt."""


@cache
def stacks_of(settings: Settings) -> Stacks:
    """What the settings make, without asking the rule packs about it."""
    regions = {"Edge": EDGE_REGION, "Replica": settings.storage.replica_region}
    return Stacks(
        {
            Place(regions.get(name) or settings.aws.region, settings.names.stack(name)): template
            for name, template in bare_templates(settings).items()
        }
    )


@cache
def all_keys(section: type[Section] = Settings, path: str = "") -> frozenset[str]:
    """The dotted keys of all settings."""
    return frozenset().union(
        *(
            all_keys(below, f"{path}{key}.") if (below := subsection(found)) else {f"{path}{key}"}
            for key, found in section.model_fields.items()
        )
    )


def _dotted(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"
