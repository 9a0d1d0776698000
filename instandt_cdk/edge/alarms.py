"""The alarms of what users see, and of the firewall. CloudFront's metrics are in us-east-1 only."""

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from instandt_cdk.operations import Advice, Operations

FIVE_MINUTES = Duration.minutes(5)

MOST_ERRORS_PERCENT = 5
FEWEST_ERRORS = 10
"""In five minutes. A few at night, when there are few requests, are many percent and wake nobody."""

MOST_BLOCKED = 500
"""In five minutes. Scanners of the whole internet find each site, and cause some dozens."""


def watch_site(
    scope: Construct, *, distribution: cloudfront.Distribution, operations: Operations
) -> None:
    """Tell the operator when many requests fail.

    CloudFront publishes its metrics each minute in which there are requests ("View CloudFront and edge
    function metrics", Amazon CloudFront Developer Guide).
    """
    operations.watch(
        scope,
        "SiteErrors",
        Advice(
            alarm="site-errors",
            section="site-errors",
            meaning=f"For ten minutes, more than {MOST_ERRORS_PERCENT} % of all requests have failed with an "
            "error of the server.",
            remedy="Look at the dashboard for the first part, from left to right, that has an alarm too; if "
            "none has, read the backend's log.",
        ),
        metric=cloudwatch.MathExpression(
            expression=f"IF(requests * rate / 100 >= {FEWEST_ERRORS}, rate, 0)",
            label="failed requests in percent",
            period=FIVE_MINUTES,
            using_metrics={
                "requests": _of_cloudfront(distribution, "Requests", "Sum"),
                "rate": _of_cloudfront(distribution, "5xxErrorRate", "Average"),
            },
        ),
        threshold=MOST_ERRORS_PERCENT,
        periods=2,
        of=3,
    )


def watch_firewall(scope: Construct, *, operations: Operations) -> None:
    """Tell the operator when the web ACL blocks many requests.

    WAF publishes its metrics each minute, those that are not zero ("AWS WAF metrics and dimensions", AWS WAF
    Developer Guide).
    """
    operations.watch(
        scope,
        "BlocksSurge",
        Advice(
            alarm="waf-blocks",
            section="waf-blocks",
            meaning=f"For a quarter of an hour, the firewall has blocked more than {MOST_BLOCKED} requests "
            "in every five minutes: somebody attacks the site, or users are mistaken for attackers.",
            remedy="Run the saved query on blocked requests, and look whose they are and which rule blocks "
            "them.",
        ),
        metric=cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name="BlockedRequests",
            dimensions_map={"WebACL": operations.names.firewall_metric, "Rule": "ALL"},
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
        threshold=MOST_BLOCKED,
        periods=3,
    )


def _of_cloudfront(
    distribution: cloudfront.Distribution, name: str, statistic: str
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=name,
        dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
        statistic=statistic,
        period=FIVE_MINUTES,
    )
