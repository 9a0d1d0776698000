"""Log lines as they may be shown to everybody who may read CloudFormation's events."""

import re

HIDDEN = "***"

_NAMES = "password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key"

_CREDENTIALS = (
    # password=…, "token": "…", --secret …
    re.compile(
        rf"""(?P<shown>(?:{_NAMES})\w*["']?\s*[=:]\s*|--[\w-]*(?:{_NAMES})\w*\s+)"""
        r"""(?:"[^"]*"|'[^']*'|[^\s;,&"']+)""",
        re.IGNORECASE,
    ),
    # postgresql://user:password@host
    re.compile(r"(?P<shown>\w+://[^:/\s]+:)[^@/\s]+(?=@)"),
    # Authorization: Basic …, Bearer …
    re.compile(r"(?P<shown>\b(?:basic|bearer)\s+)[\w.+/=~-]{8,}", re.IGNORECASE),
    # GitLab's and AWS's own forms
    re.compile(r"(?P<shown>)\b(?:glpat-[\w-]+|(?:AKIA|ASIA)[A-Z0-9]{16})"),
)

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and newline, and characters that turn the direction of text."""


def presentable(text: str) -> str:
    """Return a text without credentials in known forms, and without characters that cannot be shown."""
    for credentials in _CREDENTIALS:
        text = credentials.sub(rf"\g<shown>{HIDDEN}", text)
    # Half of a surrogate pair cannot be encoded.
    return UNPRINTABLE.sub("�", text.encode("utf-8", "replace").decode())
