"""The commands for an environment that runs end in a sentence when they cannot begin."""

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.settings import load
from tests.doctor.stubs import answering
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.settings_files import write

LONGEST_FUNCTION_SECONDS = 15 * 60
"""No function may run for longer ("Lambda quotas", AWS Lambda Developer Guide)."""
TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.fixture
def deployed(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="commanded")
    return Deployed(settings=load(tmp_path, "commanded"))


@pytest.mark.usefixtures("deployed")
def test_what_is_not_deployed_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no stack instandt-commanded-services in eu-central-1"):
        main(["migrate", "commanded"], directory=tmp_path)


def test_bad_settings_are_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"none\.toml: there is no such file"):
        main(["migrate", "none"], directory=tmp_path)


@pytest.mark.usefixtures("deployed")
def test_credentials_of_another_account_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111111111111")
    with pytest.raises(SystemExit, match="they belong to account 111111111111"):
        main(["migrate", "commanded"], directory=tmp_path)


def test_resources_and_outputs_are_found(deployed: Deployed, cloud: Cloud) -> None:
    cloud.apply(
        "instandt-commanded-edge",
        {
            "Resources": {"One": TOPIC, "Group": {"Type": "AWS::Logs::LogGroup"}},
            "Outputs": {"Topic": {"Value": {"Ref": "One"}}},
        },
        region="us-east-1",
    )
    topic = deployed.resource("Edge", "AWS::SNS::Topic")
    assert topic.startswith(f"arn:aws:sns:us-east-1:{ACCOUNT}:")
    assert deployed.resources("Edge", "AWS::SNS::Topic") == {"One": topic}
    assert deployed.outputs("Edge") == {"Topic": topic}
    with pytest.raises(CommandError, match="0 resources of type AWS::S3::Bucket instead of one"):
        deployed.resource("Edge", "AWS::S3::Bucket")
    assert deployed.resource("Edge", "AWS::SNS::Topic", beginning="On") == topic
    with pytest.raises(CommandError, match=r"0 resources Two… of type AWS::SNS::Topic instead of"):
        deployed.resource("Edge", "AWS::SNS::Topic", beginning="Two")


def test_resources_that_are_deleted_are_not_there(deployed: Deployed) -> None:
    """A stack lists them as long as it is there itself."""
    listed = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"arn-of-{name}",
            "ResourceType": "AWS::SNS::Topic",
            "LastUpdatedTimestamp": 0,
            "ResourceStatus": status,
        }
        for name, status in {"Gone": "DELETE_COMPLETE", "Stuck": "DELETE_FAILED"}.items()
    ]
    answers = [("list_stack_resources", {"StackResourceSummaries": listed})]
    deployed._clients["cloudformation", "us-east-1"] = answering("cloudformation", answers)
    assert deployed.resources("Edge", "AWS::SNS::Topic") == {"Stuck": "arn-of-Stuck"}


def test_a_function_is_asked_once_and_waited_for_until_its_end(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    def lose(server: BaseHTTPRequestHandler) -> None:
        """Break the connection off, as a network does in which nothing was sent for long."""
        asked.append(server.path)

    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_POST": lose})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, ThreadPoolExecutor() as pool:
        pool.submit(server.serve_forever, poll_interval=0.01)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        client = deployed.client("lambda")
        with pytest.raises(BotoCoreError):
            client.invoke(FunctionName="logins")
        server.shutdown()
    assert len(asked) == 1
    assert client.meta.config.read_timeout > LONGEST_FUNCTION_SECONDS
