"""The alarm for a certificate in ACM that is about to expire."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from instandt_cdk.operations import Advice, Operations

MANAGED_DAYS = 30
"""ACM's own certificates live 198 days, and ACM begins to renew them at least 45 days before they expire
("Managed certificate renewal in AWS Certificate Manager", AWS Certificate Manager User Guide). When fewer
days are left, the records that validate the names are most likely gone."""


def watch_expiry(
    scope: Construct,
    *,
    operations: Operations,
    certificate_arn: str,
    of: str,
    days: int = MANAGED_DAYS,
) -> None:
    """Tell the operator when a certificate has at most that many days left.

    ACM publishes the metric twice a day, and no longer when the certificate has expired ("Supported
    CloudWatch metrics", AWS Certificate Manager User Guide). Without data the alarm stays as it is: it is
    still on then, and is not on in the hours before a new certificate's first data.

    Args:
        scope: The alarm's parent.
        operations: Those of the certificate's region.
        certificate_arn: The certificate.
        of: What it belongs to: "load balancer" or "site".
        days: The fewest days without an alarm.
    """
    operations.watch(
        scope,
        "Expiring",
        Advice(
            alarm=f"certificate-expiry-{of.replace(' ', '-')}",
            section="certificate-expiry",
            meaning=f"The {of}'s certificate has {days} days left or fewer and was not renewed; the site "
            "ends with it.",
            remedy="Run `make doctor`, which looks at the domain's delegation and CAA records, and mend what "
            "it names.",
        ),
        metric=cloudwatch.Metric(
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",
            dimensions_map={"CertificateArn": certificate_arn},
            statistic="Minimum",
            period=cdk.Duration.days(1),
        ),
        comparison=cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=days,
        missing=cloudwatch.TreatMissingData.IGNORE,
    )
