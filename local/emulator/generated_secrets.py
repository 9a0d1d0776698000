"""Secrets as CloudFormation makes them: Ref answers the ARN, and a generated string keeps its rules."""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

    Provisioned = tuple[str, dict[str, Any]]

_CHARACTER_TYPES = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def install(provisioners: Untyped) -> None:
    """Adapt AWS::SecretsManager::Secret."""
    service = hooks.service("secretsmanager")

    # ministack's Ref of a secret is its name, which policies and containers' secrets cannot use.
    @hooks.around(provisioners, "_sm_secret_create")
    def create(original: Callable[..., Provisioned], *arguments: Untyped) -> Provisioned:
        _name, attributes = original(*arguments)
        return attributes["Arn"], attributes

    @hooks.around(provisioners, "_sm_secret_update")
    def update(
        original: Callable[..., Provisioned],
        physical_id: str,
        *arguments: Untyped,
    ) -> Provisioned:
        name, _secret = service._resolve(physical_id)
        _name, attributes = original(name, *arguments)
        return attributes["Arn"], attributes

    @hooks.around(provisioners, "_sm_secret_delete")
    def delete(original: Callable[..., None], physical_id: str, properties: object) -> None:
        name, _secret = service._resolve(physical_id)
        original(name, properties)

    # ministack knows only two of the properties of GenerateSecretString.
    @hooks.around(provisioners, "_sm_secret_string")
    def secret_string(original: Callable[..., str], properties: Untyped) -> str:
        rules = properties.get("GenerateSecretString")
        if rules is None:
            return original(properties)
        value = generate(rules)
        if "SecretStringTemplate" not in rules:
            return value
        template = json.loads(rules["SecretStringTemplate"])
        return json.dumps(template | {rules["GenerateStringKey"]: value})


def generate(rules: dict[str, Any]) -> str:
    """A random string that keeps the rules (AWS::SecretsManager::Secret GenerateSecretString)."""
    excluded = set(rules.get("ExcludeCharacters", ""))
    types = [
        "".join(character for character in characters if character not in excluded)
        for exclusion, characters in _CHARACTER_TYPES.items()
        if not rules.get(exclusion)
    ]
    types = [characters for characters in types if characters]
    required = types if rules.get("RequireEachIncludedType", True) else []
    if rules.get("IncludeSpace"):
        types.append(" ")
    chosen = [secrets.choice(characters) for characters in required]
    alphabet = "".join(types)
    while len(chosen) < int(rules.get("PasswordLength", 32)):
        chosen.append(secrets.choice(alphabet))
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
