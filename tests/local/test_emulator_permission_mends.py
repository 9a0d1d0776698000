"""The embedded AWS decides about permissions as AWS documents where ministack by itself does not."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.emulated import ACCOUNT, REGION, Cloud, allow
from tests.support.servers import Authority

LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:decided:*"
CERTIFICATES = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/*"
OWNER = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
"""The statement of a key's policy that leaves it to the account's policies who may use the key."""
CALLS = ("secretsmanager:*", "s3:*", "acm:ImportCertificate")
VIA_SERVICES = [
    {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}
    for service in ("secretsmanager", "s3")
]
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


def test_a_call_needs_the_key_and_the_tags_too(cloud: Cloud) -> None:
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [OWNER]}}}
    encryption = {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]},
        },
    }
    bucket = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]}}
    secret = {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}, "SecretString": "geheim"}
    resources = {
        "Key": key,
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket, "DeletionPolicy": "Retain"},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": secret},
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Bucket", "Secret")}
    stack = cloud.apply("keyed", {"Resources": resources, "Outputs": outputs})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("keyed")
    found = cloud.outputs("keyed")
    certificate, private_key = Authority().issue("example.com")
    tags = [{"Key": "name", "Value": "value"}]

    def calls(role: str) -> list[tuple[str, Callable[[], object]]]:
        secrets, s3 = cloud.client_of(role, "secretsmanager"), cloud.client_of(role, "s3")
        acm = cloud.client_of(role, "acm")
        secret, item = {"SecretId": found["Secret"]}, {"Bucket": found["Bucket"], "Key": "one"}
        pair = {"Certificate": certificate, "PrivateKey": private_key}
        return [
            ("kms:GenerateDataKey", lambda: secrets.put_secret_value(**secret, SecretString="neu")),
            ("kms:Decrypt", lambda: secrets.get_secret_value(**secret)),
            ("kms:GenerateDataKey", lambda: s3.put_object(**item)),
            ("kms:Decrypt", lambda: s3.get_object(**item)),
            ("acm:AddTagsToCertificate", lambda: acm.import_certificate(**pair, Tags=tags)),
        ]

    key_uses = [
        allow("kms:Decrypt", "kms:GenerateDataKey", condition=only) for only in VIA_SERVICES
    ]
    enough = cloud.role("keys", allow(*CALLS, "acm:AddTagsToCertificate"), *key_uses)
    for _, call in calls(enough):
        call()
    for missing, call in calls(cloud.role("no-keys", allow(*CALLS))):
        with pytest.raises(ClientError, match=f"not authorized to perform: {missing}"):
            call()
