"""The embedded AWS runs functions whose asset was built for another machine, with their own roles."""

import io
import json
import zipfile

import pytest

from tests.support.emulated import ACCOUNT, Cloud, allow

HANDLER = """
import cryptography, boto3, own
def handle(event, context):
    print("called")
    caller = boto3.client("sts").get_caller_identity()["Arn"]
    return {"cryptography": cryptography.__version__ != "foreign", "own": own.NAME, "caller": caller}
"""


def asset() -> bytes:
    """A package with a library for another processor in it, as an installer leaves it."""
    files = {
        "index.py": HANDLER,
        "own.py": "NAME = 'own'",
        "cryptography/__init__.py": "__version__ = 'foreign'",
        "cryptography-1.0.dist-info/RECORD": (
            "cryptography/__init__.py,,\ncryptography-1.0.dist-info/RECORD,,\n"
        ),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return archive.getvalue()


@pytest.mark.parametrize("may_log", [True, False])
def test_a_function_gets_this_machines_libraries_its_own_modules_and_its_role(
    cloud: Cloud, *, may_log: bool
) -> None:
    functions, name = cloud.client("lambda"), f"foreign-{may_log}"
    group = f"/aws/lambda/{name}"
    cloud.client("logs").create_log_group(logGroupName=group)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.14",
        Architectures=["arm64"],
        Role=cloud.role(name, allow("logs:*" if may_log else "logs:PutLogEvents")),
        Handler="index.handle",
        Code={"ZipFile": asset()},
        Timeout=30,
    )
    answer = functions.invoke(FunctionName=name)
    caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name}"
    assert json.load(answer["Payload"]) == {"cryptography": True, "own": "own", "caller": caller}
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    assert ("called" in [event["message"] for event in events]) is may_log
    assert len({event["eventId"] for event in events}) == len(events)
