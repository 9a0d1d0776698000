"""The edge: VPC origins, and what belongs to a web ACL."""

from __future__ import annotations

import secrets
import string
from typing import Any

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    no_deletion,
    raise_for_error,
)


def _endpoint(properties: Properties) -> dict[str, Any]:
    """The origin's configuration with CloudFormation's defaults, checked as CreateVpcOrigin checks it.

    Raises:
        ValueError: a value is out of range, or the load balancer does not exist.
    """
    given = properties["VpcOriginEndpointConfig"]
    protocols = given.get("OriginSSLProtocols", ["TLSv1.2"])
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
        raise_for_error(error)
    checked: dict[str, Any] = config
    return checked


def _create_vpc_origin(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    cloudfront, responses = hooks.service("cloudfront"), hooks.core("responses")
    alphabet = string.ascii_letters + string.digits
    origin_id = "vo_" + "".join(secrets.choice(alphabet) for _ in range(22))
    account, now = responses.get_account_id(), cloudfront._now_iso()
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
    return origin_id, _vpc_origin_attributes(origin_id)


def _update_vpc_origin(physical_id: str, properties: Properties) -> Provisioned:
    origin = hooks.service("cloudfront")._vpc_origins[physical_id]
    origin.update(VpcOriginEndpointConfig=_endpoint(properties), Version=origin["Version"] + 2)
    return physical_id, _vpc_origin_attributes(physical_id)


def _vpc_origin_attributes(origin_id: str) -> dict[str, Any]:
    origin = hooks.service("cloudfront")._vpc_origins[origin_id]
    return {
        name: origin[name] for name in ("Arn", "CreatedTime", "Id", "LastModifiedTime", "Status")
    }


def _delete_vpc_origin(physical_id: str, _properties: Properties) -> None:
    hooks.service("cloudfront")._vpc_origins.pop(physical_id, None)


def _create_acl_logging(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    return properties["ResourceArn"], {"ManagedByFirewallManager": False}


TYPES = {
    "AWS::CloudFront::VpcOrigin": ResourceType(
        create=_create_vpc_origin, update=_update_vpc_origin, delete=_delete_vpc_origin
    ),
    "AWS::WAFv2::LoggingConfiguration": ResourceType(
        create=_create_acl_logging, delete=no_deletion
    ),
}
