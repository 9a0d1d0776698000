"""The embedded AWS runs functions whose asset was built for another machine."""

import io
import json
import zipfile

from tests.support.emulated import ACCOUNT, Cloud

HANDLER = """
import cryptography, boto3, own
def handle(event, context):
    account = boto3.client("sts").get_caller_identity()["Account"]
    return {"cryptography": cryptography.__version__ != "foreign", "own": own.NAME, "account": account}
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


def test_a_function_gets_this_machines_libraries_and_keeps_its_own_modules(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="foreign",
        Runtime="python3.14",
        Architectures=["arm64"],
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Handler="index.handle",
        Code={"ZipFile": asset()},
        Timeout=30,
    )
    answer = functions.invoke(FunctionName="foreign")
    assert json.load(answer["Payload"]) == {"cryptography": True, "own": "own", "account": ACCOUNT}
