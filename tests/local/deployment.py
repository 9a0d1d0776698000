"""The local environment as its user has it: `make`'s verbs, a client on the site, a look into AWS."""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pg8000.native  # type: ignore[import-untyped]
import psutil
from botocore.config import Config
from cryptography import x509

from local import stacks
from local.environment import ADDRESS, Environment
from tests.support import ROOT


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    exit_code: int
    output: str
    seconds: float


def make(*arguments: str) -> Finished:
    """Run one of make's verbs as a user would, without the AWS that this process was pointed at."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # A make of its own, not a part of the one that may have started the tests.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    started = time.monotonic()
    process = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    return Finished(process.returncode, process.stdout, time.monotonic() - started)


class Deployment:
    """What the tests ask the running local environment."""

    def __init__(self, environment: Environment | None = None) -> None:
        self.environment = environment or Environment.load()
        self.environment.enter()

    def client(self, service: str) -> Any:  # noqa: ANN401 - each service has a type of its own
        """A client of the emulated AWS, in the main region."""
        make_client: Any = boto3.client
        return make_client(service)

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of all stacks."""
        return stacks.outputs(self.environment)

    def request(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[int, bytes, x509.Certificate]:
        """Ask the site as a client that trusts nothing but the ACME server's root."""
        domain = self.environment.settings.site.domain
        trust = ssl.create_default_context(cafile=self.environment.root)
        raw = socket.create_connection((ADDRESS, self.environment.ports.front_door), 30)
        with trust.wrap_socket(raw, server_hostname=domain) as channel:
            connection = http.client.HTTPSConnection(domain, self.environment.ports.front_door)
            connection.sock = channel
            certificate = x509.load_der_x509_certificate(
                channel.getpeercert(binary_form=True) or b""
            )
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read(), certificate

    def page(self) -> str:
        """The site's page, which must be there."""
        status, body, _ = self.request("GET", "/")
        assert status == http.client.OK, body
        return body.decode()

    def versions(self) -> dict[str, str]:
        """The versions that the page shows: of the frontend, the backend and the schema."""
        return dict(re.findall(r'id="(\w+)-version">([^<]+)<', self.page()))

    def executions(self) -> list[dict[str, Any]]:
        """All runs of the migration, the first one first."""
        stepfunctions = self.client("stepfunctions")
        runs = stepfunctions.list_executions(
            stateMachineArn=stacks.migration_state_machine(self.outputs)
        )
        arns = [run["executionArn"] for run in runs["executions"]]
        described = [stepfunctions.describe_execution(executionArn=arn) for arn in arns]
        return sorted(described, key=lambda run: run["startDate"])

    def stack_updates(self) -> dict[str, Any]:
        """When each stack changed last."""
        return {
            stack["StackName"]: stack.get("LastUpdatedTime", stack["CreationTime"])
            for region in self.environment.settings.regions
            for stack in boto3.client("cloudformation", region_name=region).describe_stacks()[
                "Stacks"
            ]
        }

    def log_events(self) -> list[tuple[str, int, str]]:
        """Everything in CloudWatch Logs: stream, time in ms, message."""
        logs = self.client("logs")
        return [
            (
                f"{group['logGroupName']} {stream['logStreamName']}",
                event["timestamp"],
                event["message"],
            )
            for group in logs.describe_log_groups()["logGroups"]
            for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])[
                "logStreams"
            ]
            for event in logs.get_log_events(
                logGroupName=group["logGroupName"],
                logStreamName=stream["logStreamName"],
                startFromHead=True,
            )["events"]
        ]

    def secrets(self) -> dict[str, str]:
        """Every secret's value by its name."""
        manager = self.client("secretsmanager")
        return {
            secret["Name"]: manager.get_secret_value(SecretId=secret["ARN"])["SecretString"]
            for secret in manager.list_secrets()["SecretList"]
        }

    def confidential(self) -> dict[str, str]:
        """The confidential parts of all secrets: what must not be read anywhere else."""
        found = {}
        for name, value in self.secrets().items():
            if not value.startswith("{"):
                found[name] = value
                continue
            parts = json.loads(value)
            if "files" in parts:
                for file, text in parts["files"].items():
                    if file.endswith("private_key.json"):
                        found[file] = json.loads(text)["d"]
                    elif "privkey" in file:
                        found[file] = text.splitlines()[1]
            else:
                found |= {
                    f"{name} {key}": parts[key]
                    for key in ("password", "accessToken")
                    if key in parts
                }
        return found

    def on_schedule(self, kind: str) -> tuple[str | None, str]:
        """Send a schedule's event of this kind; return the function's error, if any, and its answer."""
        events = self.client("events")
        targets = [
            target
            for rule in events.list_rules()["Rules"]
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        ]
        (target,) = [t for t in targets if f'"{kind}"' in t.get("Input", "")]
        # One try, as long as the function may take: a second one would renew once more.
        patience = Config(read_timeout=900, retries={"total_max_attempts": 1})
        functions = boto3.client("lambda", config=patience)
        answer = functions.invoke(FunctionName=target["Arn"], Payload=target["Input"])
        return answer.get("FunctionError"), answer["Payload"].read().decode()

    def schema(self) -> list[Any]:
        """What a migration could have changed: every column, and the history of migrations."""
        (text,) = [v for n, v in self.secrets().items() if "DatabaseLogin" in n]
        login = json.loads(text)
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        with closing(
            pg8000.native.Connection(
                user=login["username"],
                password=login["password"],
                database=login["dbname"],
                host=ADDRESS,
                port=self.environment.ports.database,
                ssl_context=trust,
            )
        ) as database:
            columns = database.run(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' ORDER BY 1, 2"
            )
            history = database.run("SELECT version, migrated_at FROM schema_migrations ORDER BY 2")
        return [*(columns or []), *(history or [])]

    @property
    def state_secret(self) -> str:
        """The name of the secret that certbot's directory is kept in."""
        return self.environment.settings.names.acme_state

    def account_files(self) -> dict[str, str]:
        """What certbot keeps of its ACME account, by the files' names."""
        state = json.loads(self.secrets()[self.state_secret])
        return {name: text for name, text in state["files"].items() if name.startswith("accounts/")}

    def make_due(self) -> None:
        """Have certbot find the certificate due, by its own setting for that."""
        manager = self.client("secretsmanager")
        state = json.loads(manager.get_secret_value(SecretId=self.state_secret)["SecretString"])
        (configuration,) = [name for name in state["files"] if name.startswith("renewal/")]
        setting = "renew_before_expiry = 30000 days\n"
        # certbot keeps the setting in a renewal, and refuses to read it twice.
        state["files"][configuration] = setting + state["files"][configuration].replace(setting, "")
        manager.put_secret_value(SecretId=self.state_secret, SecretString=json.dumps(state))


def processes(directory: Path) -> list[psutil.Process]:
    """All processes below those whose pid files are in a directory."""
    parents = [psutil.Process(int(file.read_text())) for file in directory.glob("*.pid")]
    return [process for p in parents for process in (p, *p.children(recursive=True))]
