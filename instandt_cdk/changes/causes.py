"""The settings that can make a change hurt. Each stack's template carries those that it depends on."""

from collections.abc import Mapping

from instandt_cdk.changes.stacks import Json, Stacks, Template
from instandt_cdk.settings import Settings

METADATA = "instandt:settings"
"""The key in the template's metadata, which AWS returns as it was deployed."""

_KEPT = ("operations.removal_policy", "operations.log_retention_days")

KEYS: Mapping[str, tuple[str, ...]] = {
    "Network": (
        "network.cidr",
        "network.existing_vpc.application_subnet_ids",
        "network.existing_vpc.data_subnet_ids",
        "network.existing_vpc.id",
        "network.zones",
        *_KEPT,
    ),
    "Egress": ("network.interface_endpoints", "network.nat"),
    "Cluster": _KEPT,
    "Secrets": ("registry.source", "site.origin_certificate", *_KEPT),
    "Replica": ("storage.old_versions_days", *_KEPT),
    "Storage": (
        "database.backup_days",
        "database.engine_version",
        "database.instance_class",
        "database.name",
        "database.storage_gib",
        "storage.mode",
        "storage.old_versions_days",
        "storage.replica_region",
        *_KEPT,
    ),
    "Ingress": ("acme.directory_url", "site.internal_name", *_KEPT),
    "Services": _KEPT,
    "Edge": ("aws.region", "site.domain", *_KEPT),
}
"""By the stack's construct id. A stack has no key that leaves its resources as they are, so that its template
changes with them only."""


def metadata(settings: Settings, stack: str) -> dict[str, Json]:
    """What a stack's template says about the settings.

    Args:
        settings: The settings.
        stack: The stack's construct id.
    """
    values = settings.model_dump(mode="json")
    found = {key: _value(values, *key.split(".")) for key in KEYS[stack]}
    return {METADATA: {key: value for key, value in found.items() if value is not None}}


def _value(table: Json, *path: str) -> Json:
    for key in path:
        table = (table or {}).get(key)
    return table


def changed(before: Stacks, after: Stacks) -> dict[str, tuple[Json, Json]]:
    """The settings that differ, with their values before and after; None where it was not set.

    A stack that the environment has no longer tells of the settings that no other one knows.
    """
    found: dict[str, tuple[Json, Json]] = {}
    known = {key for template in after.templates.values() for key in _told(template)}
    for place, template in before.templates.items():
        old = _told(template)
        if place in after.templates:
            new = _told(after.templates[place])
            # A template of an earlier version says nothing.
            keys = {*old, *new} if old else set()
        else:
            new, keys = {}, old.keys() - known
        found |= {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}
    return dict(sorted(found.items()))


def _told(template: Template) -> Mapping[str, Json]:
    told: Mapping[str, Json] = template.get("Metadata", {}).get(METADATA, {})
    return told
