"""A generated secret keeps all rules of GenerateSecretString.

ministack's CloudFormation heeds length and excluded characters only; its GetRandomPassword, which has the
same rules, heeds them all. AWS documents them: AWS::SecretsManager::Secret, GenerateSecretString,
CloudFormation Template Reference.

Mended when test_a_generated_secret_keeps_its_rules passes without this file.
"""

import json
from typing import Any

from local.emulator import hooks
from local.emulator.resource_types import body


def install() -> None:
    """Generate with GetRandomPassword."""

    @hooks.around(hooks.service("cloudformation.provisioners"), "_sm_secret_string")
    def secret_string(original: hooks.Original, properties: dict[str, Any]) -> hooks.Untyped:
        rules = properties.get("GenerateSecretString")
        if rules is None:
            return original(properties)
        response = body(hooks.service("secretsmanager")._get_random_password(rules))
        value: str = json.loads(response)["RandomPassword"]
        if "SecretStringTemplate" not in rules:
            return value
        template = json.loads(rules["SecretStringTemplate"])
        return json.dumps(template | {rules["GenerateStringKey"]: value})
