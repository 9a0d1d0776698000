"""Reads the secret with the registry's user and token."""

import json
from dataclasses import dataclass, field
from typing import Self


class LoginError(Exception):
    """The secret cannot be used. The message continues a sentence that begins with its name: "holds …"."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user and its token."""

    username: str
    token: str = field(repr=False)

    @classmethod
    def read(cls, text: str, *, token_key: str) -> Self:
        """Read the secret's text, a JSON object with strings.

        Args:
            text: The secret's text. No message quotes it.
            token_key: The JSON key of the token, beside "username".

        Raises:
            LoginError: The text is something else.
        """
        try:
            values = {k: v for k, v in json.loads(text).items() if isinstance(v, str)}
        except (ValueError, AttributeError):
            raise LoginError("holds no JSON object") from None
        if missing := sorted({"username", token_key} - values.keys()):
            raise LoginError(f"has no {' and no '.join(missing)}")
        return cls(username=values["username"], token=values[token_key])
