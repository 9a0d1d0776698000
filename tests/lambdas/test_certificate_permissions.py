"""The certificate's function has no permission that it could do without."""

import pytest

from tests.lambdas.certificates import NAMES
from tests.lambdas.permitted import PermittedCertificates

BEGINNING = ("acm:ListCertificates", "secretsmanager:GetSecretValue", "route53:ListHostedZones")
"""What a first certificate needs before anything is ordered."""


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
