"""The embedded AWS decides about permissions as AWS documents where ministack by itself does not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.emulated import ACCOUNT, REGION, Cloud, allow
from tests.support.servers import Authority

LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:decided:*"
CERTIFICATES = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/*"
CHALLENGE = "_acme-challenge.example.com"


def change(zone: str, *, name: str = CHALLENGE, kind: str = "TXT") -> dict[str, Any]:
    value = '"text"' if kind == "TXT" else "127.0.0.1"
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    return {"HostedZoneId": zone, "ChangeBatch": batch}


@pytest.fixture(scope="module")
def zone(cloud: Cloud) -> str:
    """The id of a public hosted zone."""
    made = cloud.client("route53").create_hosted_zone(Name="example.com", CallerReference="decided")
    return str(made["HostedZone"]["Id"].rpartition("/")[2])


def test_a_call_is_decided_on_the_resource_that_aws_names(cloud: Cloud, zone: str) -> None:
    cloud.client("logs").create_log_group(logGroupName="decided")
    role = cloud.role(
        "decided",
        allow("route53:ChangeResourceRecordSets", resource=f"arn:aws:route53:::hostedzone/{zone}"),
        allow("route53:GetChange", resource="arn:aws:route53:::change/*"),
        allow("acm:ImportCertificate", resource=CERTIFICATES),
        allow("logs:FilterLogEvents", resource=LOG),
    )
    route53 = cloud.client_of(role, "route53")
    changed = route53.change_resource_record_sets(**change(zone))
    route53.get_change(Id=changed["ChangeInfo"]["Id"])
    certificate, key = Authority().issue("example.com")
    cloud.client_of(role, "acm").import_certificate(Certificate=certificate, PrivateKey=key)
    logs = cloud.client_of(role, "logs")
    logs.filter_log_events(logGroupName="decided")
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.filter_log_events(logGroupName="another")


@pytest.mark.parametrize(
    ("record", "allowed"),
    [({}, True), ({"name": "www.example.com"}, False), ({"kind": "A"}, False)],
)
def test_a_policy_limits_which_records_are_changed(
    cloud: Cloud, zone: str, record: dict[str, str], *, allowed: bool
) -> None:
    action = "route53:ChangeResourceRecordSets"
    only = {
        f"{action}RecordTypes": ["TXT"],
        f"{action}NormalizedRecordNames": [CHALLENGE],
        f"{action}Actions": ["UPSERT", "DELETE"],
    }
    condition = {"ForAllValues:StringEquals": only}
    role = cloud.role(f"records-{'-'.join(record)}", allow(action, condition=condition))
    route53 = cloud.client_of(role, "route53")
    if allowed:
        route53.change_resource_record_sets(**change(zone, **record))
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            route53.change_resource_record_sets(**change(zone, **record))
