"""ministack's CloudFormation refuses VPC origins; its CloudFront knows them.

Mended when `resource_types.add` says so. Reference: AWS::CloudFront::VpcOrigin, CloudFormation Template
Reference.
"""

import secrets
from typing import Any

from local.emulator import hooks, resource_types
from local.emulator.resource_types import body

_ATTRIBUTES = ("Arn", "CreatedTime", "Id", "LastModifiedTime", "Status")


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::CloudFront::VpcOrigin", create=_create, update=_update, delete=_delete)


def _create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    cloudfront, account = hooks.service("cloudfront"), hooks.core("responses").get_account_id()
    origin_id = "vo_" + secrets.token_hex(11)
    now = cloudfront._now_iso()
    cloudfront._vpc_origins[origin_id] = {
        "Id": origin_id,
        "Arn": f"arn:aws:cloudfront::{account}:vpcorigin/{origin_id}",
        "AccountId": account,
        "Status": "Deployed",
        "CreatedTime": now,
        "LastModifiedTime": now,
        "VpcOriginEndpointConfig": _endpoint(properties),
        "Version": 2,
    }
    return _provisioned(origin_id)


def _update(physical_id: str, properties: hooks.Properties) -> hooks.Provisioned:
    origin = hooks.service("cloudfront")._vpc_origins[physical_id]
    origin.update(VpcOriginEndpointConfig=_endpoint(properties), Version=origin["Version"] + 2)
    return _provisioned(physical_id)


def _delete(physical_id: str, _properties: hooks.Properties) -> None:
    hooks.service("cloudfront")._vpc_origins.pop(physical_id, None)


def _provisioned(origin_id: str) -> hooks.Provisioned:
    origin = hooks.service("cloudfront")._vpc_origins[origin_id]
    return origin_id, {name: origin[name] for name in _ATTRIBUTES}


def _endpoint(properties: hooks.Properties) -> dict[str, Any]:
    """The origin's configuration with CloudFormation's defaults, checked as CreateVpcOrigin checks it.

    Raises:
        ValueError: a value is out of range, or the load balancer does not exist.
    """
    given = properties["VpcOriginEndpointConfig"]
    protocols = given.get("OriginSSLProtocols", ["TLSv1.2"])
    config: dict[str, Any]
    config, error = hooks.service("cloudfront")._check_vpc_origin_endpoint_config(
        {
            "Name": given["Name"],
            "Arn": given["Arn"],
            "HTTPPort": int(given.get("HTTPPort", 80)),
            "HTTPSPort": int(given.get("HTTPSPort", 443)),
            "OriginProtocolPolicy": given.get("OriginProtocolPolicy", "match-viewer"),
            "OriginSslProtocols": protocols,
            "Quantity": len(protocols),
            "IpAddressType": "ipv4",
        }
    )
    if error:
        body(error)
    return config
