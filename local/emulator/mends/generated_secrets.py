"""A generated secret keeps all rules of GenerateSecretString.

ministack's CloudFormation heeds length and excluded characters only; its GetRandomPassword, which has the
same rules, heeds them all. AWS documents them: AWS::SecretsManager::Secret, GenerateSecretString,
CloudFormation Template Reference.

Mended when test_a_database_is_a_server_that_takes_tls_and_refuses_plain_connections passes without this file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.emulator import hooks
from local.emulator.resource_types import body

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Generate with GetRandomPassword."""

    @hooks.around(hooks.service("cloudformation.provisioners"), "_sm_secret_string")
    def secret_string(original: Callable[..., str], properties: dict[str, Any]) -> str:
        rules = properties.get("GenerateSecretString")
        if rules is None:
            return original(properties)
        value = generate(rules)
        if "SecretStringTemplate" not in rules:
            return value
        template = json.loads(rules["SecretStringTemplate"])
        return json.dumps(template | {rules["GenerateStringKey"]: value})


def generate(rules: dict[str, Any]) -> str:
    """A random string that keeps the rules.

    Raises:
        ValueError: no string can.
    """
    response = body(hooks.service("secretsmanager")._get_random_password(rules))
    return str(json.loads(response)["RandomPassword"])
