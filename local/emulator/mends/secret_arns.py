"""Ref of a secret is its ARN.

ministack's Ref is the name, which policies and the secrets of containers cannot use. AWS documents it:
AWS::SecretsManager::Secret, "Return values", CloudFormation Template Reference.

Mended when test_a_service_rolls_without_a_gap_and_rolls_back_what_does_not_start passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Make the ARN the physical id, and lead update and deletion back to the name."""
    provisioners = hooks.service("cloudformation.provisioners")

    @hooks.around(provisioners, "_sm_secret_create")
    def create(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
        _name, attributes = original(*arguments)
        return attributes["Arn"], attributes

    @hooks.around(provisioners, "_sm_secret_update")
    def update(original: hooks.Original, arn: str, *arguments: object) -> hooks.Provisioned:
        _name, attributes = original(_name_of(arn), *arguments)
        return attributes["Arn"], attributes

    @hooks.around(provisioners, "_sm_secret_delete")
    def delete(original: hooks.Original, arn: str, properties: object) -> None:
        original(_name_of(arn), properties)


def _name_of(arn: str) -> str:
    name, _secret = hooks.service("secretsmanager")._resolve(arn)
    return str(name)
