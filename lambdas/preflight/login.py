"""The secret with the registry's user and token."""

import json
from dataclasses import dataclass, field
from typing import Self


class LoginError(Exception):
    """The secret is not as it must be; the message says how, after the secret's name: "holds …"."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user and the user's token."""

    username: str
    token: str = field(repr=False)

    @classmethod
    def read(cls, text: str, *, token_key: str) -> Self:
        """Read the secret's text, a JSON object of texts.

        Args:
            text: What is quoted nowhere.
            token_key: The token's key, beside "username".

        Raises:
            LoginError: It is something else.
        """
        try:
            values = {k: v for k, v in json.loads(text).items() if isinstance(v, str)}
        except (ValueError, AttributeError):
            raise LoginError("holds no JSON object") from None
        if missing := sorted({"username", token_key} - values.keys()):
            raise LoginError(f"has no {' and no '.join(missing)}")
        return cls(username=values["username"], token=values[token_key])
