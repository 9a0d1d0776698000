"""The dashboard: what operators look at, rather than read."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from instandt_cdk.names import Names
from instandt_cdk.operations import Operations

COLUMNS = 24
HEIGHT = 6

ROWS: Mapping[str, Mapping[str, str]] = {
    "The way of a request, from left to right": {
        "site-errors": "CloudFront: failed requests",
        "waf-blocks": "Firewall: blocked",
        "latency": "Pages: seconds",
        "unhealthy-targets-frontend": "Frontend: unhealthy",
        "unhealthy-targets-backend": "Backend: unhealthy",
        "database-cpu": "Database: busy",
    },
    "Containers and data": {
        "tasks-missing-frontend": "Frontend: missing",
        "tasks-missing-backend": "Backend: missing",
        "no-capacity": "Instances: reserved",
        "database-storage": "Database: free storage",
        "database-connections": "Database: connections",
        "database-memory": "Database: free memory",
        "replication-failing": "Media: not copied",
    },
    "What will need somebody soon": {
        "certificate-expiry-site": "Site's certificate: days left",
        "certificate-expiry-load-balancer": "Load balancer's certificate: days left",
        "host-too-old": "Oldest host: days",
        "registry-token": "Registry's token: refused",
        "login-rotation": "Login: not rotated",
        "backup-failed": "Backups: failed",
    },
}
"""The graphs of each row from left to right: alarms, and what their graphs show."""


class Dashboard(cloudwatch.Dashboard):
    """All alarms, and the graphs of the most important ones with their thresholds.

    It names alarms and needs nothing of what they watch, so that it may stand in one region and before the
    edge, and refers to no stack. An alarm's graph follows the alarm's metric and threshold ("Dashboard body
    structure and syntax", Amazon CloudWatch User Guide: annotations.alarms).
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, names: Names, watched: Sequence[Operations]
    ) -> None:
        """Make the dashboard.

        Args:
            scope: Its parent.
            construct_id: Its id.
            names: Of the dashboard and the alarms.
            watched: The operations of all regions, when they have all their alarms.
        """
        super().__init__(
            scope,
            construct_id,
            dashboard_name=names.dashboard,
            default_interval=cdk.Duration.days(1),
        )
        self._names = names
        alarms = {alarm: one.region for one in watched for alarm in one.alarms}
        self.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Alarms",
                width=COLUMNS,
                height=HEIGHT - 1,
                alarms=[self._alarm(alarm, region) for alarm, region in alarms.items()],
            )
        )
        for heading, graphs in ROWS.items():
            present = {alarm: title for alarm, title in graphs.items() if alarm in alarms}
            self.add_widgets(
                cloudwatch.TextWidget(markdown=f"## {heading}", width=COLUMNS, height=1)
            )
            self.add_widgets(
                *(
                    cloudwatch.AlarmWidget(
                        title=title,
                        region=alarms[alarm],
                        alarm=self._alarm(alarm, alarms[alarm], f"{alarm}-graph"),
                        width=COLUMNS // len(present),
                        height=HEIGHT,
                        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
                    )
                    for alarm, title in present.items()
                )
            )

    def _alarm(self, alarm: str, region: str, construct_id: str = "") -> cloudwatch.IAlarm:
        """An alarm by its name, which makes no reference to its stack."""
        arn = cdk.Stack.of(self).format_arn(
            service="cloudwatch",
            region=region,
            resource="alarm",
            resource_name=self._names.alarm(alarm),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        return cloudwatch.Alarm.from_alarm_arn(self, construct_id or alarm, arn)
