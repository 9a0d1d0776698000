"""Small stacks, and a list with round prices for them."""

from datetime import date
from typing import Any

from instandt_cdk.changes.stacks import Place, Stacks
from instandt_cdk.cost.estimate import Estimate
from instandt_cdk.cost.prices import Prices

CHECKED = date(2026, 1, 1)
PRICES = Prices(
    {
        "stand_in": "eu-central-1",
        "dearer": 1.25,
        "instances": {
            "page": "instances' page",
            "us-east-1": {"checked": CHECKED, "m6i": 2.0, "c6i": 4.0},
            "eu-central-1": {"checked": CHECKED, "m6i": 3.0},
        },
        "volumes": {"page": "", "everywhere": {"checked": CHECKED, "gp3": 0.5}},
        "database": {
            "page": "",
            "everywhere": {"checked": CHECKED, "m7g": 1.0, "gp3": 0.1, "backup": 1.0},
        },
        "network": {
            "page": "",
            "everywhere": {"checked": CHECKED, "endpoint": 0.1, "endpoint-gb": 1.0},
        },
        "watching": {
            "page": "",
            "everywhere": {
                "checked": CHECKED,
                "metric": 1.0,
                "alarm": 1.0,
                "log-gb": 1.0,
                "kept-log-gb": 1.0,
            },
        },
        "firewall": {
            "page": "",
            "everywhere": {"checked": CHECKED, "list": 5.0, "rule": 1.0, "million-requests": 1.0},
        },
        "media": {"page": "", "everywhere": {"checked": CHECKED, "gb": 1.0, "copied-gb": 1.0}},
    }
)


def estimate(region: str = "eu-central-1", **resources: tuple[str, dict[str, Any]]) -> Estimate:
    """Estimate a stack in a region, with resources of a type and with properties."""
    template = {
        "Resources": {
            name: {"Type": kind, "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }
    return Estimate.of(Stacks({Place(region, "stack"): template}), PRICES)


def machine(kind: str, *, monitoring: bool = False) -> tuple[str, dict[str, Any]]:
    """An instance with a volume of 10 GiB."""
    return "AWS::EC2::Instance", {
        "InstanceType": kind,
        "Monitoring": monitoring,
        "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 10, "VolumeType": "gp3"}}],
    }
