"""Small environments in the emulator, each for one fault."""

import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.emulator.refusals import FILE
from tests.support.emulated import REGISTRY, Cloud
from tests.support.servers import wait_until

Bundle = Callable[..., dict[str, str]]
"""Makes the bundle of an environment, with changes of its settings, the doctor's findings and a site; returns
its files."""

TOPIC = {"Resources": {"Check": {"Type": "AWS::SNS::Topic"}}}


def services(name: str) -> dict[str, Any]:
    """The stack Services of an environment in which nothing runs yet."""
    return {
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "BackendTaskLog1234": {"Type": "AWS::Logs::LogGroup"},
            "Version": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Name": f"/instandt/{name}/app-version",
                    "Type": "String",
                    "Value": "1.0.0",
                },
            },
        },
        "Outputs": {"ClusterName": {"Value": {"Ref": "Cluster"}}},
    }


@dataclass(frozen=True)
class Faulty:
    """An environment, and ways to break it."""

    cloud: Cloud
    name: str

    def stack(self, construct_id: str) -> str:
        return f"instandt-{self.name}-{construct_id}"

    def fail(self, words: str, *, stack: str = "secrets") -> None:
        """Have the creation of a stack fail with these words."""
        refusals = self.cloud.directory / FILE
        refusals.write_text(json.dumps({"AWS::SNS::Topic": words}))
        try:
            made = self.cloud.apply(self.stack(stack), TOPIC)
        finally:
            refusals.unlink()
        assert made["StackStatus"] == "ROLLBACK_COMPLETE"

    def log(self, *lines: str, log: str = "BackendTaskLog") -> None:
        """Write into the log whose logical id begins so; by default it is the backend that says something."""
        logs = self.cloud.client("logs")
        listed = self.cloud.client("cloudformation").list_stack_resources(
            StackName=self.stack("services")
        )
        (group,) = [
            one["PhysicalResourceId"]
            for one in listed["StackResourceSummaries"]
            if one["LogicalResourceId"].startswith(log)
        ]
        logs.create_log_stream(logGroupName=group, logStreamName="backend/backend/0")
        events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
        logs.put_log_events(logGroupName=group, logStreamName="backend/backend/0", logEvents=events)

    def end_a_task(self, exit_code: int) -> None:
        """Run a task of the backend that ends with a code."""
        ecs = self.cloud.client("ecs")
        cluster = self.cloud.outputs(self.stack("services"))["ClusterName"]
        definition = ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            containerDefinitions=[
                {
                    "name": "backend",
                    "image": f"{REGISTRY}/job:1.0.0",
                    "environment": [{"name": "EXIT_CODE", "value": str(exit_code)}],
                }
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        task = ecs.run_task(cluster=cluster, taskDefinition=definition)["tasks"][0]["taskArn"]
        wait_until(
            lambda: (
                ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]["lastStatus"]
                == "STOPPED"
            ),
            what="the task ends",
        )


def unpacked(bundle: Path) -> dict[str, str]:
    """The files of a bundle, the first one first."""
    assert bundle.stat().st_mode & 0o777 == 0o600
    files = {}
    with tarfile.open(bundle) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content
            files[member.name.partition("/")[2]] = content.read().decode()
    return files
