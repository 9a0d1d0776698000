"""What an AWS account has before anything is deployed to it."""

import itertools

from local.emulator import hooks
from local.emulator.options import Options

_IMAGE_ID = "ami-0c2023a1b2c3d4e5f"


def install(options: Options) -> None:
    """Add the operator's public hosted zone and the machine images' public parameters."""
    _add_hosted_zone(options)
    # ministack has two of these parameters only, and no client may write below /aws.
    hooks.original(hooks.service("ssm"), "_PUBLIC_AMI_PARAMETERS").update(
        dict.fromkeys(_machine_image_parameters(), _IMAGE_ID)
    )


def _machine_image_parameters() -> list[str]:
    ecs = [
        f"/aws/service/ecs/optimized-ami/amazon-linux-2023{architecture}/recommended/image_id"
        for architecture in ("", "/arm64")
    ]
    plain = [
        f"/aws/service/ami-amazon-linux-latest/al2023-ami-{edition}kernel-{kernel}-{architecture}"
        for edition, kernel, architecture in itertools.product(
            ("", "minimal-"), ("default", "6.1", "6.12"), ("arm64", "x86_64")
        )
    ]
    return ecs + plain


def _add_hosted_zone(options: Options) -> None:
    route53, responses = hooks.service("route53"), hooks.core("responses")
    zone = options.hosted_zone
    name = zone.name.rstrip(".") + "."
    with responses.request_scope(options.account, "us-east-1"):
        route53._zones[zone.identifier] = {
            "id": zone.identifier,
            "name": name,
            "caller_reference": zone.identifier,
            "comment": "",
            "private": False,
            "vpcs": [],
        }
        route53._records[zone.identifier] = route53._default_records(name)
