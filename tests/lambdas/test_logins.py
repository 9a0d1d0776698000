"""The database's owner and logins: what they may do, what is theirs, and what is repaired after a restore."""

import json
import ssl
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from pg8000.native import Connection, DatabaseError  # type: ignore[import-untyped]

from instandt_cdk.contract.instandt import READER
from logins import database, roles
from logins.deadline import Deadline
from logins.errors import LoginsError
from logins.login import Login, new_password
from logins.protocol import LOGINS, OWNER
from logins.versions import CURRENT, DEPLOYED, Versions
from tests.lambdas.logins import Context, Logins
from tests.lambdas.logins_templates import INSTANCE
from tests.lambdas.servers import CloudFormationInbox
from tests.support.servers import wait_until


@pytest.fixture
def connection(logins: Logins) -> Iterator[Connection]:
    """Logged in as the application is."""
    logins.look_after()
    connection = database.connect(logins.current())
    yield connection
    connection.close()


def _as_master() -> AbstractContextManager[Connection]:
    instance, deadline = database.Instance.find(INSTANCE), Deadline.of(Context())
    return database.as_master(instance, database="instandt", deadline=deadline)


def test_the_first_request_makes_a_login_that_acts_as_the_owner(
    logins: Logins, inbox: CloudFormationInbox
) -> None:
    event = {
        "RequestType": "Create",
        "ResourceType": "Custom::DatabaseLogins",
        "ResponseURL": inbox.url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Logins",
        "ResourceProperties": {},
    }
    logins.call(event)
    logins.call({**event, "RequestType": "Delete"})
    assert [answer["Status"] for answer in inbox.answers] == ["SUCCESS", "SUCCESS"]
    current = logins.current()
    connection = database.connect(current)
    assert connection.run("SELECT session_user, current_user") == [[LOGINS[0], OWNER]]
    assert roles.acts_as_owner(connection)
    connection.close()
    assert logins.is_deployed()
    client = logins.cloud.client("secretsmanager")
    value = json.loads(client.get_secret_value(SecretId=logins.secret)["SecretString"])
    assert value["connection_string"] == (
        f"Server={value['host']};Database=instandt;Port=5432;Userid={LOGINS[0]};"
        f"Password={value['password']}"
    )
    assert value["host"].startswith(f"{INSTANCE}.")


def test_two_first_requests_at_once_agree_on_a_password(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, deadline = database.Instance.find(INSTANCE), Deadline.of(Context())
    watching = database._connect_as_master(instance, "instandt", deadline)
    second: list[Future[None]] = []
    put = Versions.put
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    def meet(versions: Versions, login: Login, *, label: str) -> None:
        if not second:
            second.append(background.submit(logins.look_after))
            wait_until(
                lambda: second[0].done() or bool(watching.run(waiting)),
                what="the second request to wait for the first, or to end",
            )
        put(versions, login, label=label)

    monkeypatch.setattr(Versions, "put", meet)
    with ThreadPoolExecutor() as background:
        logins.look_after()
        second[0].result()
    watching.close()
    assert logins.works(logins.current())


def test_who_waits_too_long_for_another_request_is_told_so(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database.LOCK_SECONDS < database.TIMEOUT_SECONDS
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    with _as_master(), pytest.raises(LoginsError, match="due to lock timeout"):
        logins.look_after()


def test_what_any_login_makes_belongs_to_the_owner(logins: Logins, connection: Connection) -> None:
    connection.run("DROP TABLE IF EXISTS made")
    connection.run("DROP TABLE IF EXISTS made_as_itself")
    connection.run("CREATE TABLE made (number int)")
    connection.run("SET ROLE NONE")
    connection.run("CREATE TABLE made_as_itself (number int)")
    logins.look_after()
    owners = "SELECT tablename, tableowner FROM pg_tables WHERE tablename LIKE 'made%' ORDER BY 1"
    assert connection.run(owners) == [["made", OWNER], ["made_as_itself", OWNER]]


def test_the_owner_may_do_what_a_migration_does(connection: Connection) -> None:
    # A trusted extension needs the right to create in the database only.
    for statement in (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE SCHEMA other",
        "CREATE TABLE other.something (number int)",
        "DROP SCHEMA other CASCADE",
        "DISCARD ALL",
    ):
        connection.run(statement)
    assert roles.acts_as_owner(connection)


def test_a_login_may_not_do_what_the_master_may(connection: Connection) -> None:
    for statement in ("CREATE ROLE another", "CREATE DATABASE another", "SET ROLE instandt_master"):
        with pytest.raises(DatabaseError, match="permission denied"):
            connection.run(statement)


@pytest.fixture
def reading(logins: Logins, connection: Connection) -> Iterator[Connection]:  # noqa: ARG001 - it makes the login
    """Logged in as people are, but with a password."""
    reader = replace(logins.current(), username=READER, password=new_password())
    with _as_master() as master:
        roles.set_password(master, reader)
    reading = database.connect(reader)
    yield reading
    reading.close()


def test_a_reader_may_read_what_is_there_and_what_comes(
    logins: Logins, connection: Connection, reading: Connection
) -> None:
    connection.run("CREATE TABLE read_before (number int)")
    connection.run(f"REVOKE ALL ON read_before FROM {READER}")
    logins.look_after()
    connection.run("CREATE TABLE read_later (number int)")
    for statement in ("TABLE read_before", "TABLE read_later"):
        assert reading.run(statement) == []
    for statement in ("DELETE FROM read_later", "CREATE TABLE of_the_reader (number int)"):
        with pytest.raises(DatabaseError, match="permission denied"):
            reading.run(statement)


def test_a_reader_sees_what_the_application_runs_and_cancels_it(
    connection: Connection, reading: Connection
) -> None:
    ((pid,),) = connection.run("SELECT pg_backend_pid()")
    with ThreadPoolExecutor() as background:
        query = background.submit(connection.run, "SELECT pg_sleep(60)")
        found = "SELECT 1 FROM pg_stat_activity WHERE pid = :pid AND query LIKE '%pg_sleep%'"
        wait_until(lambda: bool(reading.run(found, pid=pid)), what="the query")
        hidden = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '<insufficient%'"
        assert reading.run(hidden) == [[0]]
        assert reading.run("SELECT pg_cancel_backend(:pid)", pid=pid) == [[True]]
        with pytest.raises(DatabaseError, match="canceling statement due to user request"):
            query.result()


def test_no_password_is_in_a_log(logins: Logins, capsys: pytest.CaptureFixture[str]) -> None:
    logins.look_after()
    logins.rotate(logins.begin())
    log = (logins.cloud.directory / f"postgresql-{INSTANCE}.log").read_text()
    # PostgreSQL may be told to log each statement.
    statements: list[str] = []
    roles.set_password(_Recorder(statements), logins.current())
    password = logins.current().password
    assert len(statements) == 1
    for text in (log, capsys.readouterr().out, repr(logins.current()), *statements):
        assert password not in text


class _Recorder:
    """A connection that only notes what it is asked."""

    def __init__(self, statements: list[str]) -> None:
        self._statements = statements

    def run(self, statement: str) -> None:
        self._statements.append(statement)


def test_a_restored_database_takes_the_passwords_in_the_secret(logins: Logins) -> None:
    logins.look_after()
    former = logins.current()
    logins.rotate(logins.begin())
    current = logins.current()
    # A restore brings back passwords of former days.
    with _as_master() as connection:
        for login in (former, current):
            roles.set_password(connection, replace(login, password=new_password()))
    assert not logins.works(current)
    logins.look_after()
    assert logins.works(current)
    # Tasks that still run with the former login go on, too.
    assert logins.works(former)


def test_a_moved_database_moves_in_every_part_of_the_secret(logins: Logins) -> None:
    logins.look_after()
    here = logins.current()
    logins.versions.put(replace(here, host="elsewhere.example.com"), label=CURRENT)
    logins.look_after()
    assert logins.current() == here
    assert logins.versions.labelled()[DEPLOYED] == logins.versions.labelled()[CURRENT]


def test_the_server_must_be_who_it_says(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    logins.look_after()
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(LoginsError, match="certificate verify failed"):
        logins.look_after()


def test_the_server_must_bear_the_name_that_was_asked_for(logins: Logins) -> None:
    logins.look_after()
    elsewhere = replace(logins.current(), host=f"{INSTANCE}.example.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        database.connect(elsewhere)


def test_a_master_whose_password_rds_does_not_keep_is_named() -> None:
    described = {"DBInstanceIdentifier": "some"}
    with pytest.raises(LoginsError, match="--manage-master-user-password"):
        database._master_secret(described, "some")  # type: ignore[arg-type]


def test_a_login_is_read_as_it_was_written() -> None:
    login = Login(
        host="host", port=5432, database="instandt", username=LOGINS[0], password=new_password()
    )
    assert Login.from_secret(login.to_secret("{host}")) == login
    assert login.other == LOGINS[1]
