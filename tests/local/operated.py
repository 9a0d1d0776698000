"""An environment that runs, and what its operators do to it while users ask all the time."""

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3

from instandt_cdk.commands.__main__ import main as command
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.deploy.__main__ import main as deploy
from local import site, stacks
from local.emulator.rotation import INTERRUPTIONS
from local.registry import TOKEN
from logins.login import Login
from logins.versions import CURRENT, DEPLOYED
from tests.local.load import Load, constant_load
from tests.local.own_environment import OwnEnvironment
from tests.support.emulated import ACCOUNT, REGION
from tests.support.servers import wait_until

PER_SECOND = 50


class Operated:
    """The environment, the commands of its operators, and what is seen of it."""

    def __init__(self, own: OwnEnvironment) -> None:
        self._own, self.env = own, own.env
        self._deployed = Deployed(settings=own.env.settings)
        self.name = own.env.settings.environment
        self.answered = 0

    def client(self, service: str) -> Any:  # noqa: ANN401 - each service has a type of its own
        """A client of the emulated AWS, in the main region."""
        make_client: Any = boto3.client
        return make_client(service)

    def command(self, *words: str, confirmed: str = "") -> int:
        """Give a command for the environment, where nobody can be asked."""
        verb, *options = words
        given = {**self._own.variables, "CONFIRM": confirmed}
        with patch.dict(os.environ, given), patch("sys.stdin.isatty", lambda: False):
            return command([verb, self.name, *options], directory=self._own.settings_directory)

    @contextmanager
    def load(self, *, at_least: int = 100, tolerated: str | None = None) -> Iterator[Load]:
        """Have users ask all the time; none of their requests may be lost."""
        with constant_load(
            self.env, per_second=PER_SECOND, at_least=at_least, tolerated=tolerated
        ) as load:
            yield load
        self.answered += load.answers.total()

    def release(self, version: str) -> str:
        """Update the services' stack to a version; return the state in which it ends.

        As the CDK CLI would, but without it, which would take most of the time.
        """
        template = (self.env.assembly / "Services.template.json").read_text()
        bucket, key = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", f"{version}.json"
        # It is too large to be sent with the request.
        self.client("s3").put_object(
            Bucket=bucket, Key=key, Body=template.replace("1.0.0", version).encode()
        )
        self.client("cloudformation").update_stack(
            StackName=self._services,
            TemplateURL=f"{self.env.endpoint_url}/{bucket}/{key}",
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        while (status := self._status()).endswith("_IN_PROGRESS"):
            time.sleep(0.5)
        return status

    @property
    def _services(self) -> str:
        return self.env.settings.names.stack("Services")

    def _status(self) -> str:
        described = self.client("cloudformation").describe_stacks(StackName=self._services)
        return str(described["Stacks"][0]["StackStatus"])

    def reasons(self) -> str:
        """Why resources of the services' stack failed."""
        events = self.client("cloudformation").describe_stack_events(StackName=self._services)
        return "\n".join(
            event.get("ResourceStatusReason", "")
            for event in events["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED")
        )

    def said(self) -> dict[str, set[str]]:
        """The version that runs, as everything says that tells a version."""
        parameter = self.client("ssm").get_parameter(Name=self.env.settings.names.version_parameter)
        page = site.visit(self.env).versions
        return {
            "parameter": {parameter["Parameter"]["Value"]},
            "output": {stacks.outputs(self.env)["AppVersion"]},
            "page": {page["frontend"], page["backend"]},
            "tasks": set(self.tasks().values()),
        }

    def tasks(self) -> dict[str, str]:
        """The tasks that run, and the tag of each one's image."""
        ecs, cluster = self.client("ecs"), self.env.settings.names.cluster
        arns = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
        return {
            task["taskArn"]: container["image"].rpartition(":")[2]
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
            for container in task["containers"]
        }

    def hosts(self) -> set[str]:
        """The instances of the cluster."""
        groups = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return {
            instance["InstanceId"]
            for group in groups
            if "Cluster" in group["AutoScalingGroupName"]
            for instance in group["Instances"]
        }

    def migrations(self) -> list[str]:
        """How each migration went, or that it runs."""
        machine = stacks.migration_state_machine(stacks.outputs(self.env))
        runs = self.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        return [run["status"] for run in runs]

    def begin_migration(self) -> None:
        """Run the migration again, and do not wait for it."""
        machine = stacks.migration_state_machine(stacks.outputs(self.env))
        self.client("stepfunctions").start_execution(stateMachineArn=machine)

    def secret(self, stack: str, beginning: str) -> str:
        """The ARN of the stack's secret whose logical id begins so."""
        found = self._deployed.resources(stack, "AWS::SecretsManager::Secret").items()
        (arn,) = (arn for name, arn in found if name[:-8] == beginning)
        return arn

    def value(self, secret: str) -> str:
        """What a secret holds."""
        answer = self.client("secretsmanager").get_secret_value(SecretId=secret)
        return str(answer["SecretString"])

    @property
    def _login_secret(self) -> str:
        return self.secret("Storage", "DatabaseLogin")

    def login(self) -> Login:
        """What tasks that start now log in with."""
        return Login.from_secret(self.value(self._login_secret))

    def is_login_deployed(self) -> bool:
        """Whether all services use it."""
        described = self.client("secretsmanager").describe_secret(SecretId=self._login_secret)
        versions = described["VersionIdsToStages"]
        return any({CURRENT, DEPLOYED} <= set(labels) for labels in versions.values())

    def kill_rotation(self, step: str, call: str) -> None:
        """Begin a rotation whose function is killed in a step, after AWS has answered a call."""
        wanted = self.env.run_directory / INTERRUPTIONS
        wanted.write_text(json.dumps({step: call}))
        self.client("secretsmanager").rotate_secret(SecretId=self._login_secret)
        prepared = self.env.run_directory / "interruption"
        wait_until(
            lambda: json.loads(wanted.read_text()) == {} and not prepared.exists(),
            what=f"{step} is killed",
        )


@contextmanager
def operated(directory: Path, name: str) -> Iterator[Operated]:
    """Deploy an environment, and take it down in the end."""
    changes = ("- storage.archive_after_days", "- storage.replica_region")
    own = OwnEnvironment(directory, name, *changes)
    with own.running():
        variables = {**own.variables, "GITLAB_TOKEN": TOKEN}
        with patch.dict(os.environ, variables), patch("sys.stdin", io.StringIO()):
            assert deploy([name, *own.options], directory=own.settings_directory) == 0
        site.wait_for(own.env, version="1.0.0")
        yield Operated(own)
