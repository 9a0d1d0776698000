"""IAM's roles: with which session a program calls, and the log of what each role asked for.

ministack decides about the requests that it receives. What AWS's services do on behalf of a role, such as
handing a secret to a container, happens inside of it without a question: `Session.require` asks.
"""

import json
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

from local.emulator import hooks

DECISIONS = "permissions.log"
"""The file in the emulator's directory with a JSON object a line: role, action, resource, allowed."""


class AccessDeniedError(Exception):
    """The role may not do it; says so in AWS's words."""


def install(directory: Path) -> None:
    """Log each decision about a role, once, in a file of the directory."""
    known: set[str] = set()
    lock = threading.Lock()
    evaluator = hooks.core("iam_evaluator")

    @hooks.around(evaluator, "enforce")
    def enforce(
        original: hooks.Original,
        access_key: str,
        action: str,
        *scope: str,
        resource_arn: str = "*",
        **context: object,
    ) -> hooks.Untyped:
        # Clients ask AWS over HTTPS; the loopback address stands for that.
        evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
        denied = original(access_key, action, *scope, resource_arn=resource_arn, **context)
        if session := hooks.service("sts")._sessions.get(access_key):
            decision = {
                "role": session["Arn"].split("/")[1],
                "action": action,
                "resource": resource_arn,
                "allowed": denied is None,
            }
            line = json.dumps(decision) + "\n"
            with lock:
                if line not in known:
                    known.add(line)
                    with (directory / DECISIONS).open("a") as log:
                        log.write(line)
        return denied


class Session:
    """A session of a role, as AWS's services begin one for what they run."""

    def __init__(self, role_arn: str, name: str) -> None:
        """Begin a session of that name, which is the last part of the caller's ARN."""
        account, path = role_arn.split(":", 5)[4:]
        role = path.rpartition("/")[2]
        self._arn = f"arn:aws:sts::{account}:assumed-role/{role}/{name}"
        self._key = f"ASIA{secrets.token_hex(8).upper()}"
        self._secret, self._token = secrets.token_hex(), secrets.token_hex()
        hooks.service("sts").register_session(
            self._key,
            {
                "Arn": self._arn,
                "UserId": f"{role}:{name}",
                "SecretAccessKey": self._secret,
                "SessionToken": self._token,
            },
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lend the session to a program."""
        return {
            "AWS_ACCESS_KEY_ID": self._key,
            "AWS_SECRET_ACCESS_KEY": self._secret,
            "AWS_SESSION_TOKEN": self._token,
        }

    def require(
        self, action: str, resource: str = "*", context: Mapping[str, str] | None = None
    ) -> None:
        """Ask whether the role may do something, in the account and region of the current request.

        Args:
            action: Such as "ecs:RunTask".
            resource: An ARN, or "*" where the action knows no resources.
            context: The condition keys that AWS sets for the action.

        Raises:
            AccessDeniedError: It may not.
        """
        region = hooks.core("responses").get_region()
        evaluator, actions = hooks.core("iam_evaluator"), hooks.core("iam_actions")
        denied = evaluator.enforce(
            self._key,
            action,
            action.partition(":")[0],
            region,
            resource_arn=resource,
            service_context=dict(context or {}),
        )
        if denied:
            explicit = getattr(denied, "decision", "") == "Deny"
            message = actions.identity_denial_message(action, self._arn, resource, explicit)
            raise AccessDeniedError(getattr(denied, "message", message))
