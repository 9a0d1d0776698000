"""The certificate's function has no permission that it could do without."""

import json
import re

import pytest

from certificate.acm import TAG
from tests.lambdas.certificates import NAMES
from tests.lambdas.faults import World
from tests.lambdas.gate import Request
from tests.lambdas.permitted import PermittedCertificates
from tests.support.synthesis import Synthesis, as_list

BEGINNING = (
    "dynamodb:UpdateItem",
    "acm:ListCertificates",
    "secretsmanager:GetSecretValue",
    "route53:ListHostedZones",
)
"""What a first certificate needs before anything is ordered."""

SERVICES = {
    "CertificateManager": "acm",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
}
ROUTE53 = {
    r"GET /2013-04-01/hostedzone": "route53:ListHostedZones",
    r"POST /2013-04-01/hostedzone/\w+/rrset/?": "route53:ChangeResourceRecordSets",
    r"GET /2013-04-01/change/\w+": "route53:GetChange",
}
# What AWS asks for without a call of its own: tags go with an import, Secrets Manager uses the key, and the
# runtime writes the log.
WITHOUT_CALL = {
    "acm:AddTagsToCertificate",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}


@pytest.mark.parametrize("missing", BEGINNING)
def test_no_first_certificate_is_issued_without(
    certificates: PermittedCertificates, missing: str
) -> None:
    certificates.forbidden = {missing}
    answer = certificates.request("Create")
    assert answer["Status"] == "FAILED"
    assert f"not authorized to perform: {missing}" in answer["Reason"]


def test_no_certificate_is_changed_without_acms_permissions(
    certificates: PermittedCertificates, arn: str
) -> None:
    first = certificates.served(arn)
    certificates.properties["Domains"] = NAMES[:1]
    for missing in ("acm:DescribeCertificate", "acm:GetCertificate", "acm:ImportCertificate"):
        certificates.forbidden = {missing}
        answer = certificates.request("Update", PhysicalResourceId=arn)
        assert answer["Status"] == "FAILED", missing
        assert f"not authorized to perform: {missing}" in answer["Reason"]
        assert certificates.served(arn) == first
    certificates.forbidden = {"acm:DeleteCertificate"}
    answer = certificates.request("Delete", PhysicalResourceId=arn)
    assert "not authorized to perform: acm:DeleteCertificate" in answer["Reason"]
    assert certificates.arns() == [arn]


def action(request: Request) -> str:
    """Return the IAM action of a request."""
    service, _, operation = request.headers.get("X-Amz-Target", "").partition(".")
    if operation:
        return f"{SERVICES[service]}:{operation}"
    call = f"{request.method} {request.path.partition('?')[0]}"
    return next(name for pattern, name in ROUTE53.items() if re.fullmatch(pattern, call))


def test_the_role_allows_what_is_called_and_nothing_else(
    world: World, arn: str, prod: Synthesis
) -> None:
    certificates = world.certificates
    # pebble takes one old authorization in a hundred, even if told to take none: hardly for three names.
    certificates.properties["Domains"] = [*NAMES, f"new.{NAMES[1]}"]
    certificates.request("Update", PhysicalResourceId=arn)
    certificates.request("Delete", PhysicalResourceId=arn)
    tag = {"Key": TAG, "Value": certificates.properties["CertificateName"]}
    found = certificates.import_from_state(json.loads(certificates.secret()), Tags=[tag])
    assert certificates.create() == found

    allowed = {
        action
        for _, logical_id, policy in prod.resources("AWS::IAM::Policy")
        if logical_id.startswith("CertificateFunctionRole")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    }
    assert {action(request) for request in world.aws.requests} | WITHOUT_CALL == allowed
