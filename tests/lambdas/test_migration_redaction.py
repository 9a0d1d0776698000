"""Redaction: what of a migration's log an operator may read in CloudFormation's events."""

import pytest

from migration import redaction

PASSWORD = "hunter2-Sommer"  # noqa: S105 - of nobody


@pytest.mark.parametrize(
    "line",
    [
        f"Server=db;Userid=instandt;Password={PASSWORD};Port=5432",
        f'{{"password": "{PASSWORD}"}}',
        f"connecting to postgresql://instandt:{PASSWORD}@db/instandt",
        f"running psql --db-password {PASSWORD}",
        f"Authorization: Bearer {PASSWORD}",
        f"token={PASSWORD}",
        f"PGPASSWORD='{PASSWORD} with blanks'",
    ],
)
def test_credentials_in_a_log_line_are_hidden(line: str) -> None:
    shown = redaction.presentable(line)
    assert PASSWORD not in shown
    assert redaction.HIDDEN in shown


def test_what_is_no_credential_stays() -> None:
    line = 'FATAL: password authentication failed for user "instandt" at step 3: token table'
    assert redaction.presentable(line) == line


def test_what_cannot_be_shown_is_replaced() -> None:
    shown = redaction.presentable("\x1b[31mred\x00 \u202eback \ud83d half")
    assert shown.isprintable()
    shown.encode()
