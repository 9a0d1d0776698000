"""The faults that a certificate survives: nothing is lost, and the message says what to do.

The table's faults stop a request; the others are overcome, at once or by the next run.
"""

import re
import signal
import threading
import time
from collections.abc import Callable

import boto3
import pytest

from tests.lambdas import faults
from tests.lambdas.certificates import (
    NAMES,
    ORDER,
    REGISTRATION,
    AuthorityFactory,
    Certificates,
)
from tests.lambdas.faults import Fault, World, is_finalization, is_import
from tests.lambdas.gate import Forward, Request, Response, pass_on
from tests.lambdas.servers import FunctionProcess

NEW_NAMES = [*NAMES, "new.instandt.localhost"]

DELEGATION = "parent domain delegates to the name servers of the public hosted zone Z0LOCAL"
STATE = "Restore its previous version"

# What is wrong: the fault, what the message says of it, and the remedy that it names.
FAULTS = {
    "too many orders": (faults.limited_rate, r"before 2\S+Z", "Wait until the time"),
    "too many requests": (faults.limited_rate_until_a_date, r"before 2\S+Z", "Wait until the time"),
    "delegation missing": (faults.missing_delegation, "No TXT record", DELEGATION),
    "challenge failing": (faults.wrong_record, "Correct value not found", DELEGATION),
    "name servers failing": (faults.failing_name_servers, "lookup", DELEGATION),
    "hosted zone missing": (faults.missing_zone, r"internal\.example\.com", "Create the public"),
    "state lost": (faults.lost_state, "is empty", "Restore that version"),
    "state truncated": (faults.truncated_state, "line 1 column", STATE),
    "account incomplete": (faults.state_without("meta.json"), "lacks meta.json", STATE),
    "link dangling": (faults.state_without("privkey"), r"privkey1\.pem, which is not there", STATE),
    "renewal missing": (faults.state_without("renewal/"), "lacks renewal/instandt", STATE),
}


@pytest.mark.parametrize(("fault", "said", "remedy"), FAULTS.values(), ids=FAULTS.keys())
def test_nothing_is_lost_and_the_message_says_what_to_do(
    world: World, arn: str, fault: Fault, said: str, remedy: str
) -> None:
    world.certificates.properties |= {"Domains": NEW_NAMES, "HostedZoneId": "Z0LOCAL"}
    fault(world)

    with world.certificates.unharmed(arn):
        answer = world.certificates.request("Update", PhysicalResourceId=arn)

    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == arn
    assert re.search(said, answer["Reason"])
    assert remedy in answer["Reason"]
    assert world.authority.sent(REGISTRATION) == []
    assert len(world.authority.sent(ORDER)) <= 1, "the authority is not asked again and again"


def test_a_request_that_came_too_soon_is_repeated_when_the_authority_wants_it(
    world: World, arn: str
) -> None:
    times = []

    def limit(request: Request, forward: Forward) -> Response:
        if request.path != ORDER:
            return forward(request)
        times.append(time.monotonic())
        return faults.too_many("2") if len(times) == 1 else forward(request)

    world.authority.intercept = limit
    world.certificates.properties["Domains"] = NEW_NAMES

    assert world.certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"

    assert len(times) == 2
    assert times[1] - times[0] >= 2


def test_refused_nonces_do_not_matter(
    certificates: Certificates, authority_factory: AuthorityFactory
) -> None:
    certificates.use(authority_factory(nonce_rejection_percent=30))

    assert certificates.served(certificates.create())
    assert len(certificates.files("accounts/")) == 3, "one account"


def test_slow_name_servers_do_not_matter(world: World, arn: str) -> None:
    answer = world.resolver.answer

    def slow(query: bytes) -> bytes:
        time.sleep(1.5)
        return answer(query)

    world.answer_dns(slow)
    world.certificates.properties["Domains"] = NEW_NAMES

    assert world.certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"


@pytest.mark.parametrize("overlapping", [False, True])
def test_a_request_that_comes_twice_makes_one_certificate(world: World, overlapping: bool) -> None:
    certificates = world.certificates
    event = certificates.event("Create")
    runs = [threading.Thread(target=certificates.send, args=[event]) for _ in range(2)]
    for run in runs:
        run.start()
        if not overlapping:
            run.join()
    for run in runs:
        run.join()

    answers = [a for a in certificates.answers() if a["RequestId"] == event["RequestId"]]
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]
    assert {answer["PhysicalResourceId"] for answer in answers} == set(certificates.arns())
    assert len(certificates.arns()) == 1
    assert len(world.authority.sent(ORDER)) == 1
    assert len(world.authority.sent(REGISTRATION)) == 1


@pytest.mark.parametrize(("moment", "orders"), [(is_import, 1), (is_finalization, 2)])
def test_a_run_that_is_killed_is_completed_by_the_next(
    world: World, moment: Callable[[Request], bool], orders: int
) -> None:
    certificates = world.certificates

    def kill(request: Request, forward: Forward) -> Response:
        if moment(request):
            process.kill()
            return Response(status=500, body=b"")
        return forward(request)

    world.authority.intercept = world.aws.intercept = kill
    process = FunctionProcess(certificates.event("Create"))
    assert process.wait() == -signal.SIGKILL
    assert certificates.arns() == []
    assert len(certificates.files("accounts/")) == 3

    world.authority.intercept = world.aws.intercept = pass_on
    arn = certificates.create()

    assert certificates.arns() == [arn]
    assert certificates.challenges() == []
    assert len(world.authority.sent(ORDER)) == orders
    assert len(world.authority.sent(REGISTRATION)) == 1


def test_a_certificate_that_acm_refuses_is_kept_and_imported_later(world: World, arn: str) -> None:
    certificates = world.certificates
    first, account = certificates.served(arn), certificates.files("accounts/")
    certificates.properties["Domains"] = NAMES[:1]
    for code, remedy in (
        ("LimitExceededException", "raise ACM's quota"),
        ("ValidationException", "Remove the cause"),
    ):
        faults.refused_import(world, code=code)
        answer = certificates.request("Update", PhysicalResourceId=arn)
        assert answer["Status"] == "FAILED"
        assert code in answer["Reason"]
        assert remedy in answer["Reason"]
        assert certificates.served(arn) == first

    world.aws.open()
    assert certificates.request("Update", PhysicalResourceId=arn)["PhysicalResourceId"] == arn

    assert certificates.served(arn) != first
    assert certificates.arns() == [arn]
    assert certificates.files("accounts/") == account
    assert len(world.authority.sent(ORDER)) == 1


def test_a_certificate_in_use_is_deleted_once_it_is_let_go(
    certificates: Certificates, arn: str, administrator: boto3.Session
) -> None:
    signer = administrator.client("signer")
    signer.put_signing_profile(
        profileName="holder",
        platformId="AmazonFreeRTOS-Default",
        signingMaterial={"certificateArn": arn},
    )
    certificates.seconds = 21
    with certificates.unharmed(arn):
        answer = certificates.request("Delete", PhysicalResourceId=arn)
    assert answer["Status"] == "FAILED"
    assert "holder" in answer["Reason"]

    signer.cancel_signing_profile(profileName="holder")
    assert certificates.request("Delete", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert certificates.arns() == []
