"""The alarm for a certificate in ACM that is about to expire."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


def expiry_alarm(scope: Construct, *, certificate_arn: str, days: int) -> cloudwatch.Alarm:
    """Return an alarm that goes off when a certificate has at most that many days left.

    ACM publishes the metric twice a day, and no longer when the certificate has expired ("Supported
    CloudWatch metrics", AWS Certificate Manager User Guide). Without data the alarm stays as it is: it is
    still on then, and is not on in the hours before a new certificate's first data.
    """
    return cloudwatch.Alarm(
        scope,
        "Expiring",
        alarm_description=f"The load balancer's certificate has {days} days left or fewer and was not "
        "renewed; the site ends with it. Run `make doctor`, which looks at the domain's delegation and CAA "
        "records, and mend what it names.",
        metric=cloudwatch.Metric(
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",
            dimensions_map={"CertificateArn": certificate_arn},
            statistic="Minimum",
            period=cdk.Duration.days(1),
        ),
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=days,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
    )
