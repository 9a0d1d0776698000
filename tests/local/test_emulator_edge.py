"""The embedded AWS answers for what the internet sees: certificate, firewall, names."""

import datetime as dt
import ssl
from collections.abc import Iterator
from typing import Any

import dns.message
import dns.query
import pytest
import trustme

from local.emulator.firewall import RULE
from tests.local.front_door import HOST, INTERNAL_HOST, Deployment, FrontDoor
from tests.support.emulated import Cloud
from tests.support.servers import wait_until

ATTACK = "/?q=%3CSCRIPT%3Ealert(1)"


def test_an_imported_certificate_ends_when_it_says(cloud: Cloud) -> None:
    end = dt.datetime(2020, 2, 29, 12, tzinfo=dt.UTC)
    issued = trustme.CA().issue_cert(
        "old.example.com", not_before=end - dt.timedelta(days=90), not_after=end
    )
    acm = cloud.client("acm")
    arn = acm.import_certificate(
        Certificate=issued.cert_chain_pems[0].bytes(), PrivateKey=issued.private_key_pem.bytes()
    )["CertificateArn"]
    found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (found["NotAfter"] - found["NotBefore"]).days == 90
    assert found["NotAfter"] == end


def _edge(
    *, override: str = "None", alias: str = HOST, counted: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A distribution with a name, and its web ACL."""
    visibility = {
        "CloudWatchMetricsEnabled": True,
        "MetricName": "m",
        "SampledRequestsEnabled": False,
    }
    managed = {
        "VendorName": "AWS",
        "Name": "AWSManagedRulesCommonRuleSet",
        "RuleActionOverrides": [{"Name": name, "ActionToUse": {"Count": {}}} for name in counted],
    }
    acl = {
        "Scope": "CLOUDFRONT",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": visibility,
        "Rules": [
            {
                "Name": "Common",
                "Priority": 0,
                "OverrideAction": {override: {}},
                "VisibilityConfig": visibility,
                "Statement": {"ManagedRuleGroupStatement": managed},
            }
        ],
    }
    distribution = {
        "Enabled": True,
        "Aliases": [alias],
        "WebACLId": {"Fn::GetAtt": ["Acl", "Arn"]},
        "Origins": [{"Id": "o", "DomainName": "origin.localhost", "CustomOriginConfig": {}}],
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }
    return {
        "Resources": {
            "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": acl},
            "Distribution": {
                "Type": "AWS::CloudFront::Distribution",
                "Properties": {"DistributionConfig": distribution},
            },
        }
    }


@pytest.fixture
def front_door(cloud: Cloud) -> Iterator[FrontDoor]:
    """A site that answers 404 to whatever the firewall lets through."""
    deployment = Deployment(cloud)
    answer = {"StatusCode": "404", "ContentType": "text/plain"}
    deployment.listen(default={"Type": "fixed-response", "FixedResponseConfig": answer})
    trust = ssl.create_default_context(cadata=deployment.authority.cert_pem.bytes().decode())
    door = FrontDoor(port=cloud.options.front_door_port, trust=trust)
    wait_until(lambda: door.status() == 404, what="the front door answers")
    yield door
    deployment.delete()


def test_the_web_acl_of_the_site_refuses_scripts_in_queries(
    cloud: Cloud, front_door: FrontDoor
) -> None:
    assert front_door.status(ATTACK) == 404

    cloud.apply("walled", _edge(), region="us-east-1")
    assert front_door.status(ATTACK) == 403
    assert front_door.status("/?q=description") == 404
    assert front_door.request("GET", ATTACK, host=INTERNAL_HOST)[0].status == 404
    for harmless in (
        _edge(counted=(RULE,)),
        _edge(override="Count"),
        _edge(alias="other.localhost"),
    ):
        cloud.apply("walled", harmless, region="us-east-1")
        assert front_door.status(ATTACK) == 404


def test_an_alias_of_the_zone_leads_to_this_machine(cloud: Cloud) -> None:
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="alias.example.com", CallerReference="alias")
    target = {
        "HostedZoneId": "Z2FDTNDATAQYW2",
        "DNSName": "d.cloudfront.net",
        "EvaluateTargetHealth": False,
    }
    records = [
        {"Name": "alias.example.com", "Type": kind, "AliasTarget": target} for kind in ("A", "AAAA")
    ]
    route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"],
        ChangeBatch={
            "Changes": [{"Action": "UPSERT", "ResourceRecordSet": one} for one in records]
        },
    )

    def ask(name: str, kind: str) -> list[str]:
        question = dns.message.make_query(name, kind)
        answer = dns.query.udp(question, "127.0.0.1", port=cloud.options.dns_port, timeout=10)
        return [record.to_text() for records in answer.answer for record in records]

    assert ask("alias.example.com.", "A") == ["127.0.0.1"]
    assert ask("alias.example.com.", "AAAA") == ["::ffff:127.0.0.1"]
    assert ask("nobody.alias.example.com.", "A") == []
