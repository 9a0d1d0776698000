"""The distribution serves the site as it is, keeps only what never changes, and waits for slow uploads."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.support.synthesis import Synthesis, synthesize

# "Use managed cache policies", "Use managed origin request policies" and "Use managed response headers
# policies", Amazon CloudFront Developer Guide.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"

DEFAULT_NAME = "d111111abcdef8.cloudfront.net"


@pytest.fixture(scope="module")
def config(prod: Synthesis) -> dict[str, Any]:
    ((_, _, distribution),) = prod.resources("AWS::CloudFront::Distribution")
    found: dict[str, Any] = distribution["Properties"]["DistributionConfig"]
    return found


@pytest.fixture(scope="module")
def behaviors(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]


def test_immutable_assets_are_cached_and_nothing_else(config: dict[str, Any]) -> None:
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == CACHING_DISABLED
    (assets,) = config["CacheBehaviors"]
    assert assets["PathPattern"] == "/_app/immutable/*"
    assert assets["CachePolicyId"] == CACHING_OPTIMIZED


def test_what_is_cached_for_all_never_depends_on_a_cookie(config: dict[str, Any]) -> None:
    (assets,) = config["CacheBehaviors"]
    assert assets["OriginRequestPolicyId"] == HOST_HEADER_ONLY
    assert "AllowedMethods" not in assets  # GET and HEAD


def test_the_api_gets_requests_whole(config: dict[str, Any]) -> None:
    default = config["DefaultCacheBehavior"]
    assert {"POST", "PUT", "PATCH", "DELETE"} <= set(default["AllowedMethods"])
    assert default["OriginRequestPolicyId"] == ALL_VIEWER


def test_every_answer_is_compressed_and_carries_security_headers(
    behaviors: list[dict[str, Any]],
) -> None:
    for behavior in behaviors:
        assert behavior["Compress"] is True
        assert behavior["ResponseHeadersPolicyId"] == SECURITY_HEADERS


def test_the_site_speaks_the_newest_protocols(config: dict[str, Any]) -> None:
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True


def test_the_site_has_an_address_of_each_ip_version(prod: Synthesis) -> None:
    records = {
        record["Properties"]["Type"]: record["Properties"]
        for stack, _, record in prod.resources("AWS::Route53::RecordSet")
        if stack == "Edge"
    }
    assert records.keys() == {"A", "AAAA"}
    assert {record["Name"] for record in records.values()} == {"instandt.example.com."}


def test_slow_uploads_get_all_the_time_there_is(prod: Synthesis, config: dict[str, Any]) -> None:
    (origin,) = config["Origins"]
    # "Quotas", Amazon CloudFront Developer Guide: response and keep-alive timeout, 1-120 seconds.
    assert origin["VpcOriginConfig"]["OriginReadTimeout"] == 120
    keepalive = origin["VpcOriginConfig"]["OriginKeepaliveTimeout"]
    ((_, _, balancer),) = prod.resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {
        attribute["Key"]: attribute["Value"]
        for attribute in balancer["Properties"]["LoadBalancerAttributes"]
    }
    # Else the load balancer closes a connection while CloudFront sends a request on it: a 502.
    assert keepalive < int(attributes["idle_timeout.timeout_seconds"])


def test_environments_share_no_name() -> None:
    def names(environment: str) -> set[str]:
        synthesis = synthesize(environment)
        functions = synthesis.resources("AWS::CloudFront::Function")
        vpc_origins = synthesis.resources("AWS::CloudFront::VpcOrigin")
        return {function["Properties"]["Name"] for _, _, function in functions} | {
            origin["Properties"]["VpcOriginEndpointConfig"]["Name"] for _, _, origin in vpc_origins
        }

    assert len(names("dev")) == 2
    assert names("dev").isdisjoint(names("prod"))


def test_every_request_goes_by_the_redirect(
    prod: Synthesis, behaviors: list[dict[str, Any]]
) -> None:
    ((_, logical_id, _),) = prod.resources("AWS::CloudFront::Function")
    for behavior in behaviors:
        assert behavior["FunctionAssociations"] == [
            {
                "EventType": "viewer-request",
                "FunctionARN": {"Fn::GetAtt": [logical_id, "FunctionARN"]},
            }
        ]


def _answer(prod: Synthesis, *, host: str, uri: str, query: str | None = None) -> dict[str, Any]:
    """What the function makes of a request ("CloudFront Functions event structure")."""
    ((_, _, function),) = prod.resources("AWS::CloudFront::Function")
    request = {"method": "GET", "uri": uri, "headers": {"host": {"value": host}}}
    program = f"""
        {function["Properties"]["FunctionCode"]}
        const request = {json.dumps(request)};
        request.rawQueryString = () => {"undefined" if query is None else json.dumps(query)};
        console.log(JSON.stringify(handler({{version: '1.0', request}})));
    """
    node = shutil.which("node")
    assert node, "the CDK needs node too"
    result = subprocess.run([node, "-e", program], check=True, capture_output=True, timeout=30)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_a_request_by_the_sites_name_passes_unchanged(prod: Synthesis) -> None:
    assert _answer(prod, host="instandt.example.com", uri="/api/media", query="a=1") == {
        "method": "GET",
        "uri": "/api/media",
        "headers": {"host": {"value": "instandt.example.com"}},
    }


@pytest.mark.parametrize(
    ("uri", "query", "location"),
    [
        ("/", None, "https://instandt.example.com/"),
        ("/media/7%2F8", None, "https://instandt.example.com/media/7%2F8"),
        ("/media", "a=1&a=%20&b", "https://instandt.example.com/media?a=1&a=%20&b"),
        ("/media", "", "https://instandt.example.com/media"),
        ("//evil.example/", None, "https://instandt.example.com//evil.example/"),
    ],
)
def test_a_request_by_the_default_name_is_sent_to_the_site(
    prod: Synthesis, uri: str, query: str | None, location: str
) -> None:
    answer = _answer(prod, host=DEFAULT_NAME, uri=uri, query=query)
    assert answer == {"statusCode": 301, "headers": {"location": {"value": location}}}


@pytest.mark.parametrize(
    "host",
    ["instandt.example.com.evil.example", "www.instandt.example.com", "INSTANDT.EXAMPLE.COM", ""],
)
def test_no_other_name_is_taken_for_the_sites(prod: Synthesis, host: str) -> None:
    assert _answer(prod, host=host, uri="/")["statusCode"] == 301
