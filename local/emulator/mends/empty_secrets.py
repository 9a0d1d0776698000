"""A secret without a value has no version, and a version without a value has none to give.

ministack's CloudFormation writes an empty text into a secret for which the template says none, and
GetSecretValue answers without a value. AWS documents otherwise: AWS::SecretsManager::Secret, SecretString,
CloudFormation Template Reference; "GetSecretValue", ResourceNotFoundException, Secrets Manager API Reference.

Mended when test_a_secret_without_a_value_has_no_version passes without this file.
"""

import json

from local.emulator import hooks


def install() -> None:
    """Take the empty version away, and refuse what is not there."""
    secrets = hooks.service("secretsmanager")

    @hooks.around(hooks.service("cloudformation.provisioners"), "_sm_secret_create")
    def create(original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        physical_id, attributes = original(*arguments)
        properties = arguments[1]
        if not {"SecretString", "GenerateSecretString"} & properties.keys():
            _name, secret = secrets._resolve(attributes["Arn"])
            secret["Versions"].clear()
        return physical_id, attributes

    @hooks.around(secrets, "_get_secret_value")
    def value(original: hooks.Original, request: object) -> hooks.Untyped:
        status, headers, body = original(request)
        if status == 200 and not {"SecretString", "SecretBinary"} & json.loads(body).keys():
            return hooks.core("responses").error_response_json(
                "ResourceNotFoundException", "Secrets Manager can't find the secret value.", 400
            )
        return status, headers, body
