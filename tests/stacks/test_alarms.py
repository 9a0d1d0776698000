"""An alarm that goes off reaches the operator."""

import re

import pytest

from tests.support.choices import EVERYTHING, synthesis_of

REMEDIES = ("Read ", "Look ", "Make ", "Raise ", "Run ")
"""How the second sentence of an alarm's description begins: as a request."""


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_alarm_tells_somebody_what_it_means_and_what_to_do(name: str) -> None:
    synthesis = synthesis_of(name)
    # ECS acts on these while a version is deployed, and the deployment tells of it.
    of_deployments = {
        alarm["Ref"]
        for _, _, service in synthesis.resources("AWS::ECS::Service")
        for alarm in service["Properties"]["DeploymentConfiguration"]["Alarms"]["AlarmNames"]
    }
    for stack, logical_id, alarm in synthesis.resources("AWS::CloudWatch::Alarm"):
        if logical_id in of_deployments:
            continue
        assert alarm["Properties"]["AlarmActions"], f"{stack}: {logical_id}"
        described = str(alarm["Properties"]["AlarmDescription"])
        # "PutMetricAlarm", Amazon CloudWatch API Reference.
        assert len(described) <= 1024
        meaning, remedy = re.split(r"(?<=\.) (?=[A-Z])", described)
        assert min(len(meaning.split()), len(remedy.split())) >= 5, f"{stack}: {logical_id}"
        assert remedy.startswith(REMEDIES), f"{stack}: {logical_id}"
