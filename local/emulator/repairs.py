"""Small things that ministack drops or answers otherwise than AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.emulator import buckets, generated_secrets, hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

    Provisioned = tuple[str, dict[str, Any]]

_FREE_FORM = ("dockerLabels", "options")


def install() -> None:
    """Apply every repair."""
    provisioners = hooks.service("cloudformation.provisioners")
    buckets.install(provisioners)
    generated_secrets.install(provisioners)
    _repair_networks(provisioners)
    _repair_hosted_zones(provisioners)

    # ministack converts only some of a container definition's lists to the API's spelling; `secrets`
    # is among those it leaves, and a container then starts without them.
    hooks.around(provisioners, "_normalize_container_defs")(
        lambda _original, definitions: [_camel(definition) for definition in definitions]
    )


def _camel(value: Untyped, key: str = "") -> Untyped:
    """The value with camelCase keys, except in maps whose keys are the user's."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict) or key in _FREE_FORM:
        return value
    named = {name[:1].lower() + name[1:]: item for name, item in value.items()}
    return {name: _camel(item, name) for name, item in named.items()}


def _repair_networks(provisioners: Untyped) -> None:
    # ministack answers no CidrBlock for a VPC, which CDK's security groups ask for.
    for name in ("_ec2_vpc_create", "_ec2_vpc_update"):

        @hooks.around(provisioners, name)
        def with_cidr(original: Callable[..., Provisioned], *arguments: Untyped) -> Provisioned:
            vpc_id, attributes = original(*arguments)
            cidr = hooks.service("ec2")._vpcs[vpc_id]["CidrBlock"]
            return vpc_id, attributes | {"CidrBlock": cidr}


def _repair_hosted_zones(provisioners: Untyped) -> None:
    # ministack lets every change be pending once, which costs certbot five seconds a name.
    @hooks.around(hooks.service("route53"), "_new_change")
    def change(original: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
        made = original(*arguments)
        made["status"] = "INSYNC"
        return made

    # ministack shows a private zone as public; certbot would write its challenge into it.
    @hooks.around(provisioners, "_r53_hosted_zone_create")
    def create(
        original: Callable[..., Provisioned],
        logical_id: str,
        properties: Untyped,
        stack: str,
    ) -> Provisioned:
        zone_id, attributes = original(logical_id, properties, stack)
        networks = properties.get("VPCs", [])
        hooks.service("route53")._zones[zone_id].update(private=bool(networks), vpcs=networks)
        return zone_id, attributes
