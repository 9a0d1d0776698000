"""Production with each choice of networks, registries, storage and certificates, synthesized once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from instandt_cdk.settings import Settings, load
from tests.support import ROOT
from tests.support.synthesis import Synthesis, synthesize, synthesize_settings

Changes = Mapping[str, Mapping[str, Any] | str | None]

EXISTING: Mapping[str, Any] = {
    "id": "vpc-0123456789abcdef0",
    "cidr": "192.168.0.0/18",
    "application_subnet_ids": ["subnet-0a0a0a0a", "subnet-0a0a0a0b"],
    "data_subnet_ids": ["subnet-0d0d0d0a", "subnet-0d0d0d0b"],
}
ROUTE_TABLES = ["rtb-0c0c0c0a", "rtb-0c0c0c0b"]
MIRROR = "222222222222.dkr.ecr.eu-central-1.amazonaws.com/instandt"
FOREIGN_MIRROR = "333333333333.dkr.ecr.us-west-2.amazonaws.com/mirror/instandt"
IMAGES = ("frontend", "backend", "migration")
DIGESTS = {name: f"sha256:{digit * 64}" for name, digit in zip(IMAGES, "abc", strict=True)}
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:{}-Ab1Cd2"  # noqa: S105 - a name
ACCOUNT_KEY, HMAC_KEY = SECRET_ARN.format("account"), SECRET_ARN.format("hmac")

TWO_ZONES: Mapping[str, Any] = {"zones": ["a", "b"]}
OWN_VPC: Mapping[str, Any] = {**TWO_ZONES, "nat": None}
FROM_ECR: Mapping[str, Any] = {"source": "ecr", "username": None, "project": None}

NETWORKS: Mapping[str, Changes] = {
    "instances": {
        "network": {**TWO_ZONES, "nat": "instance-per-zone", "cidr": "10.0.0.0/20"},
        "registry": {"source": "gitlab", "host": "registry.example.com:5050"},
    },
    "closed": {
        "network": {**TWO_ZONES, "nat": "none"},
        "registry": {**FROM_ECR, "repository": MIRROR},
    },
    "without endpoints": {
        "network": {**TWO_ZONES, "nat": "single-gateway", "interface_endpoints": False}
    },
    "existing": {
        "network": {
            **OWN_VPC,
            "existing_vpc": {**EXISTING, "application_route_table_ids": ROUTE_TABLES},
            "interface_endpoints": True,
        }
    },
    "existing without endpoints": {"network": {**OWN_VPC, "existing_vpc": EXISTING}},
}
REGISTRIES: Mapping[str, Changes] = {
    "gitlab": {"registry": {"source": "gitlab", "host": "registry.example.com:5050"}},
    "ecr": {
        "registry": {
            **FROM_ECR,
            "repository": FOREIGN_MIRROR,
            **{f"{name}_digest": digest for name, digest in DIGESTS.items()},
        }
    },
}
STORAGES: Mapping[str, Changes] = {
    "files": {"storage": {"mode": "local", "mount_path": "/srv/media"}},
    "copy": {
        "storage": {
            "intelligent_tiering_after_days": 0,
            "archive_after_days": 200,
            "old_versions_days": 7,
            "replica_region": "eu-west-1",
        }
    },
}
CERTIFICATES: Mapping[str, Changes] = {
    "acm": {"site": {"origin_certificate": "acm"}, "acme": None},
    "account key": {"acme": {"account_key_secret_arn": ACCOUNT_KEY}},
    "bound account": {
        "acme": {
            "profile": "shortlived",
            "external_account_binding": {"key_id": "kid", "hmac_key_secret_arn": HMAC_KEY},
        }
    },
}
VENDORS: Mapping[str, Changes] = {
    "vendor": {
        "application": {"upload_minutes": 40},
        "database": {"name": "ndt_2", "require_tls": False},
        "frontend": {"health_path": "/login", "health_codes": "200", "read_only_root": True},
        "backend": {"health_path": "/healthz", "health_codes": "204,401", "user": "1000:1000"},
        "migration": {"read_only_root": True, "user": "1000"},
    },
}
CHOICES: Mapping[str, Changes] = {
    **NETWORKS,
    **REGISTRIES,
    **STORAGES,
    **CERTIFICATES,
    **VENDORS,
}
"""What is changed in production's file: tables and keys; None takes away."""

ENVIRONMENTS = ("dev", "prod", "local")
EVERYTHING = (*ENVIRONMENTS, *CHOICES)
"""All that is synthesized anywhere: the project's environments, and production with each choice."""


def synthesis_of(name: str) -> Synthesis:
    """Synthesize one of everything."""
    return synthesize(name) if name in ENVIRONMENTS else synthesized(name)


def settings_of(name: str) -> Settings:
    """The settings of one of everything."""
    if name in ENVIRONMENTS:
        return load(ROOT / "environments", name)
    return production(CHOICES[name])


def production(*changes: Changes) -> Settings:
    """Production's settings with changes, one after the other."""
    values = tomllib.loads((ROOT / "environments" / "prod.toml").read_text())
    for changed in changes:
        for table, keys in changed.items():
            if isinstance(keys, Mapping):
                values[table] = _present({**values.get(table, {}), **keys})
            else:
                values[table] = keys
    return Settings.model_validate({**_present(values), "environment": "prod"})


@cache
def synthesized(choice: str) -> Synthesis:
    """Synthesize production with the choice; a finding that is not accepted raises."""
    return synthesize_settings(settings_of(choice))


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
