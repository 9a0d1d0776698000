"""A hosted zone with VPCs is a private one.

ministack's CloudFormation makes every zone public; certbot would write its challenge into the private one of
that name. AWS documents it: AWS::Route53::HostedZone, property VPCs, CloudFormation Template Reference.

Mended when test_a_hosted_zone_with_a_vpc_is_private passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Mark zones that have VPCs."""

    @hooks.around(hooks.service("cloudformation.provisioners"), "_r53_hosted_zone_create")
    def create(original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        zone_id, attributes = original(*arguments)
        networks = arguments[1].get("VPCs", [])
        hooks.service("route53")._zones[zone_id].update(private=bool(networks), vpcs=networks)
        return zone_id, attributes
