"""Production with each choice of the section [network], synthesized once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from instandt_cdk.settings import Settings
from tests.synthesis import ROOT, Synthesis, synthesize_settings

EXISTING: Mapping[str, Any] = {
    "id": "vpc-0123456789abcdef0",
    "cidr": "192.168.0.0/18",
    "application_subnet_ids": ["subnet-0a0a0a0a", "subnet-0a0a0a0b"],
    "data_subnet_ids": ["subnet-0d0d0d0a", "subnet-0d0d0d0b"],
}
ROUTE_TABLES = ["rtb-0c0c0c0a", "rtb-0c0c0c0b"]

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "instances": {"nat": "instance-per-zone", "cidr": "10.0.0.0/20"},
    "closed": {"nat": "none"},
    "without endpoints": {"nat": "single-gateway", "interface_endpoints": False},
    "existing": {
        "existing_vpc": {**EXISTING, "application_route_table_ids": ROUTE_TABLES},
    },
    "existing without endpoints": {"existing_vpc": EXISTING, "interface_endpoints": False},
}


@cache
def synthesized(choice: str) -> Synthesis:
    """Synthesize production with this network, in two zones."""
    values = tomllib.loads((ROOT / "environments" / "prod.toml").read_text())
    # What a closed network asks for besides, and no other network minds.
    values["registry"] = {
        "source": "ecr",
        "repository": "222222222222.dkr.ecr.eu-central-1.amazonaws.com/instandt",
    }
    values["network"] = {"zones": ["a", "b"], **CHOICES[choice]}
    return synthesize_settings(Settings.model_validate({**values, "environment": "prod"}))
