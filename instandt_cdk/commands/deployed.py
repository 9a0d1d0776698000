"""An environment as it is deployed: its settings, its stacks' outputs and resources, its clients."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from instandt_cdk.changes import deployed as as_deployed
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION

CONFIG = Config(
    connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 5, "mode": "standard"}
)
OF_FUNCTIONS = Config(
    connect_timeout=5,
    read_timeout=16 * 60,
    tcp_keepalive=True,
    retries={"total_max_attempts": 1, "mode": "standard"},
)
"""For Lambda, which answers when the function has ended, after 15 minutes at most. Asked again meanwhile, it
would run the function a second time beside the first ("Invoke", AWS Lambda API Reference)."""


class CommandError(Exception):
    """The command cannot go on. The message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """One environment in the account.

    Every method may raise botocore's BotoCoreError and ClientError, which the command line tells.
    """

    settings: Settings
    _session: boto3.Session = field(default_factory=boto3.Session, init=False, repr=False)
    _making: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    def client(self, service: str, *, region: str | None = None) -> Any:  # noqa: ANN401 - each service has a type of its own
        """Return a client, with the credentials that the AWS CLI would use; by default in the main region."""
        key = (service, region or self.settings.aws.region)
        # Several threads may use a client, but only one may make one ("Multithreading", boto3's guide).
        with self._making:
            if key not in self._clients:
                make_client: Any = self._session.client
                config = OF_FUNCTIONS if service == "lambda" else CONFIG
                self._clients[key] = make_client(service, region_name=key[1], config=config)
            return self._clients[key]

    def credentials(self) -> ReadOnlyCredentials | None:
        """Return the credentials that the clients use, if there are any."""
        credentials = self._session.get_credentials()
        return credentials.get_frozen_credentials() if credentials else None

    def region_of(self, stack: str) -> str:
        """Return the region of a stack, which is given by its construct id."""
        if stack == "Edge":
            return EDGE_REGION
        return (self.settings.storage.replica_region if stack == "Replica" else None) or (
            self.settings.aws.region
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack by name.

        Raises:
            CommandError: The stack is not deployed.
        """
        with self._stack(stack) as (client, name):
            described = client.describe_stacks(StackName=name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def resources(self, stack: str, kind: str) -> dict[str, str]:
        """Return the physical ids of a stack's resources of a type that are there, by logical id.

        Args:
            stack: The stack's construct id, such as "Services".
            kind: The type, such as "AWS::ECS::Service".

        Raises:
            CommandError: The stack is not deployed.
        """
        with self._stack(stack) as (client, name):
            return as_deployed.resources(client, name, kind)

    def resource(self, stack: str, kind: str, *, beginning: str = "") -> str:
        """Return the physical id of the only resource of a type in a stack.

        Args:
            stack: The stack's construct id, such as "Services".
            kind: The type, such as "AWS::ECS::Service".
            beginning: How the logical id begins, where the stack has several of the type.

        Raises:
            CommandError: The stack is not deployed, or there is not exactly one.
        """
        resources = self.resources(stack, kind).items()
        found = [name for logical_id, name in resources if logical_id.startswith(beginning)]
        if len(found) != 1:
            which = f"{beginning}… of type {kind}" if beginning else f"of type {kind}"
            name = self.settings.names.stack(stack)
            raise CommandError(f"{name} has {len(found)} resources {which} instead of one.")
        return found[0]

    @contextmanager
    def _stack(self, stack: str) -> Iterator[tuple[Any, str]]:
        """Hand out CloudFormation's client and the stack's name, and say so if there is no such stack."""
        name, region = self.settings.names.stack(stack), self.region_of(stack)
        try:
            yield self.client("cloudformation", region=region), name
        except ClientError as error:
            # The error for a stack that does not exist ("DescribeStacks", CloudFormation API Reference).
            if error.response["Error"].get("Code") != "ValidationError":
                raise
            raise CommandError(
                f"There is no stack {name} in {region} of account {self.settings.aws.account}: deploy "
                f"it first, with `make deploy ENV={self.settings.environment}`."
            ) from None
