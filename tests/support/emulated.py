"""An embedded AWS of the tests' own, with programs of its own for container images."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.emulator.options import HostedZone, Options
from local.registry import Content
from tests.support import ROOT
from tests.support.servers import free_port, running, wait_until

ACCOUNT = "000000000000"
REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/vendor/group/project"

NETWORK: dict[str, Any] = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
    },
}
"""Resources of a template: a VPC with a subnet."""

_IMAGES = {
    "job": """
import os, sys
print("job", os.environ["IMAGE_TAG"], *sys.argv[1:])
print("last line", end="")
sys.exit(int(os.environ.get("EXIT_CODE", "0")))
""",
    "caller": """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
boto3.client("s3").list_buckets()
""",
    "web": """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

tag = os.environ["IMAGE_TAG"]
asked = 0

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        time.sleep(0.3)
        if tag == "hanging" and asked > 1:
            time.sleep(600)
        if tag == "crashing" and asked > 1:
            os._exit(1)
        self.send_response(500 if tag == "sick" and self.path != "/" else 200)
        self.end_headers()
        self.wfile.write(f"{tag} {os.environ.get('PASSWORD')}".encode())

if tag == "broken":
    sys.exit("cannot start")
if tag == "slow":
    time.sleep(3)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("127.0.0.1", int(os.environ["LISTEN_PORT"])), Handler).serve_forever()
""",
}


def allow(
    *actions: str, resource: str = "*", condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a statement of a policy."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy's document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running emulator."""

    port: int
    database_port: int
    directory: Path
    process_id: int
    options: Options

    def client(self, service: str, region: str = REGION) -> Any:  # noqa: ANN401 - boto3's are dynamic
        """A client of the emulated service."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106 - no signature of the administrator is checked
        )

    def role(self, name: str, *statements: dict[str, Any]) -> str:
        """Make a role that may do what the statements say, and return its ARN."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return str(made["Role"]["Arn"])

    def client_of(self, role_arn: str, service: str) -> Any:  # noqa: ANN401 - boto3's are dynamic
        """A client of the emulated service that calls with a session of a role."""
        assumed = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")
        session = assumed["Credentials"]
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    def apply(self, name: str, template: dict[str, Any], *, region: str = REGION) -> dict[str, Any]:
        """Create or update a stack and return its description once it is settled."""
        cloudformation = self.client("cloudformation", region)
        names = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
        call = cloudformation.update_stack if name in names else cloudformation.create_stack
        call(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        return self._settled(name, region)

    def delete(self, name: str) -> None:
        """Delete a stack and wait until it is gone."""
        cloudformation = self.client("cloudformation")
        identifier = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name)
        assert self._settled(identifier, REGION)["StackStatus"] == "DELETE_COMPLETE"

    def outputs(self, name: str, *, region: str = REGION) -> dict[str, str]:
        """A stack's outputs."""
        stack = self.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _settled(self, name: str, region: str) -> dict[str, Any]:
        cloudformation = self.client("cloudformation", region)
        found: dict[str, Any] = {}

        def settled() -> bool:
            found.update(cloudformation.describe_stacks(StackName=name)["Stacks"][0])
            return not found["StackStatus"].endswith("_IN_PROGRESS")

        wait_until(settled, what=f"stack {name} is settled")
        return found

    def mails(self) -> list[dict[str, Any]]:
        """All e-mails that were sent, in order, with To, Subject and BodyText."""
        url = f"http://127.0.0.1:{self.port}/_ministack/ses/messages?account={ACCOUNT}"
        with urllib.request.urlopen(url) as answer:
            mails = json.load(answer)["messages"].get(ACCOUNT, [])
        return sorted(mails, key=lambda mail: float(mail["Timestamp"]))

    def failures(self, name: str) -> list[str]:
        """Why resources of the stack failed."""
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [
            event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]


@contextmanager
def running_cloud(directory: Path) -> Iterator[Cloud]:
    """Run an emulator until the block ends."""
    images = directory / "images"
    images.mkdir(parents=True)
    for name, program in _IMAGES.items():
        (images / f"{name}.py").write_text(program)
    options = Options(
        directory=directory / "run",
        port=free_port(),
        database_port=free_port(),
        front_door_port=free_port(),
        dns_port=free_port(),
        registry_port=free_port(),
        account=ACCOUNT,
        hosted_zone=HostedZone(identifier="Z00000000000LOCAL000", name="instandt.localhost"),
        registry=Content(
            host="registry.gitlab.com", username="local", repositories=["project/web"]
        ),
        images="images",
    )
    options.write(directory / "options.json")
    with running(
        [sys.executable, "-m", "local.emulator", str(directory / "options.json")],
        environment={"PYTHONPATH": os.pathsep.join((str(directory), str(ROOT)))},
        port=options.port,
    ) as process:
        yield Cloud(
            port=options.port,
            database_port=options.database_port,
            directory=options.directory,
            process_id=process.pid,
            options=options,
        )
