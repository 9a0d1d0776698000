"""Secrets Manager rotates a secret with a function: four steps, one after the other, until one fails.

ministack's RotateSecret makes a copy of the value and calls nobody. Sources: "Rotation by Lambda function",
AWS Secrets Manager User Guide; "RotateSecret" and "PutSecretValue", AWS Secrets Manager API Reference.
"""

import contextvars
import json
import os
import threading
import uuid
from pathlib import Path
from typing import Any

from local.emulator import hooks, resource_types
from local.emulator.options import Options

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")

INTERRUPTIONS = "interruptions.json"
"""The file in the emulator's directory by which a test has functions killed: the call to AWS by step, such as
{"createSecret": "PutSecretValue"}. The function is killed once, when the call has been answered."""

_VARIABLE = "LOCAL_INTERRUPTION"
"""Tells functions the file with the call that they are killed after; see the shim."""

_PRINCIPAL = "secretsmanager.amazonaws.com"
_NOT_ALLOWED = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
    f"access to the principal {_PRINCIPAL}."
)
_UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."

_Secret = dict[str, Any]
_running = threading.Lock()


def install(options: Options) -> None:
    """Add the schedule's resource type, and adapt how a secret is rotated and written."""
    secrets = hooks.service("secretsmanager")
    os.environ[_VARIABLE] = str(options.directory / "interruption")
    hooks.around(secrets, "_rotate_secret")(
        lambda _original, request: _rotate(options.directory, request)
    )
    hooks.around(secrets, "_put_secret_value")(_put)
    resource_types.add("AWS::SecretsManager::RotationSchedule", create=_schedule)
    resource_types.make_in_thread("AWS::SecretsManager::RotationSchedule")


def _schedule(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    """Keep the schedule, and try the function, as Secrets Manager does; nothing happens by the clock.

    Raises:
        ValueError: The function does not let Secrets Manager call it, or the try fails.
    """
    secret = _resolved(properties["SecretId"])
    secret["RotationLambdaARN"] = properties["RotationLambdaARN"]
    secret["RotationRules"] = properties["RotationRules"]
    secret["RotationEnabled"] = True
    if properties.get("RotateImmediatelyOnUpdate", True) is not False:
        raise NotImplementedError("teach the emulator to rotate when the schedule is created")
    token = _begin(secret)
    try:
        if failure := _step(secret, "testSecret", token):
            raise ValueError(failure)
    finally:
        del secret["Versions"][token]
    return str(secret["ARN"]), {}


def _rotate(directory: Path, request: dict[str, Any]) -> hooks.Untyped:
    responses = hooks.core("responses")
    secret = _resolved(request["SecretId"])
    labels = {
        label: version for version, one in secret["Versions"].items() for label in one["Stages"]
    }
    pending = labels.get("AWSPENDING")
    unfinished = pending is not None and pending != labels.get("AWSCURRENT")
    token = pending if unfinished else _begin(secret, request.get("ClientRequestToken"))
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(_run_steps, directory, secret, token), daemon=True
    ).start()
    if unfinished:
        return responses.error_response_json("InvalidRequestException", _UNFINISHED, 400)
    named = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token}
    return responses.json_response(named)


def _begin(secret: _Secret, token: str | None = None) -> str:
    """Make a version without a value, labelled as pending."""
    for version in secret["Versions"].values():
        if "AWSPENDING" in version["Stages"]:
            version["Stages"].remove("AWSPENDING")
    token = token or str(uuid.uuid4())
    begun = {"SecretString": None, "SecretBinary": None, "CreatedDate": 0}
    secret["Versions"][token] = begun | {"Stages": ["AWSPENDING"]}
    return token


def _run_steps(directory: Path, secret: _Secret, token: str) -> None:
    with _running:
        for step in STEPS:
            _prepare_interruption(directory, step)
            if _step(secret, step, token):
                return


def _step(secret: _Secret, step: str, token: str) -> str | None:
    """Call the function; return why it failed."""
    functions = hooks.service("lambda_svc")
    function = functions._functions[secret["RotationLambdaARN"].rpartition(":")[2]]
    allowed = [statement.get("Principal") for statement in function["policy"]["Statement"]]
    if {"Service": _PRINCIPAL} not in allowed:
        return _NOT_ALLOWED
    event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
    result = functions._execute_function(function, event)
    return f"{step}: {result.get('body')}" if result.get("error") else None


def _prepare_interruption(directory: Path, step: str) -> None:
    """Have the function killed in this step, if a test wants it to be."""
    file = directory / INTERRUPTIONS
    wanted = json.loads(file.read_text()) if file.exists() else {}
    if call := wanted.pop(step, None):
        Path(os.environ[_VARIABLE]).write_text(call)
        # Whoever waits for it reads the whole file or the former one.
        rest = file.with_suffix(".rest")
        rest.write_text(json.dumps(wanted))
        rest.replace(file)


def _put(original: hooks.Original, request: dict[str, Any]) -> hooks.Untyped:
    """Write a version once: the same value again changes nothing, another is refused."""
    secret = _resolved(request["SecretId"])
    known = secret["Versions"].get(request.get("ClientRequestToken"), {})
    if known.get("SecretString") in (None, request.get("SecretString")):
        return original(request)
    return hooks.core("responses").error_response_json(
        "ResourceExistsException",
        "You can't use this ClientRequestToken: it is in use for a version of the secret.",
        400,
    )


def _resolved(secret_id: str) -> _Secret:
    _name, secret = hooks.service("secretsmanager")._resolve(secret_id)
    if secret is None:
        raise ValueError(f"Secrets Manager can't find the secret {secret_id}.")
    found: _Secret = secret
    return found
