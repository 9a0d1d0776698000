"""The faults that a certificate survives: nothing is lost, and the message says what to do.

The table's faults stop a request; the others are overcome, at once or by the next run.
"""

import re
import time
from collections import Counter
from collections.abc import Callable

import boto3
import pytest

from tests.lambdas import faults
from tests.lambdas.certificates import (
    FINALIZATION,
    NAMES,
    NONCE,
    ORDER,
    REGISTRATION,
    Certificates,
)
from tests.lambdas.faults import Fault, World
from tests.lambdas.gate import Forward, Request, Response

NEW_NAMES = [*NAMES, "new.instandt.localhost"]

DELEGATION = "parent domain delegates to the name servers of the public hosted zone Z"

# What is wrong: the fault, what the message says of it, and the remedy that it names.
FAULTS = {
    "too many orders": (faults.limited_rate, r"before 2\S+Z", "Wait until the time"),
    "too many requests": (faults.limited_rate_until_a_date, r"before 2\S+Z", "Wait until the time"),
    "delegation missing": (faults.missing_delegation, "No TXT record", DELEGATION),
    "challenge failing": (faults.wrong_record, "Correct value not found", DELEGATION),
    "name servers failing": (faults.failing_name_servers, "lookup", DELEGATION),
}


@pytest.mark.parametrize(("fault", "said", "remedy"), FAULTS.values(), ids=FAULTS.keys())
def test_nothing_is_lost_and_the_message_says_what_to_do(
    world: World, arn: str, fault: Fault, said: str, remedy: str
) -> None:
    world.certificates.properties["Domains"] = NEW_NAMES
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


BAD_NONCE = {"type": "urn:ietf:params:acme:error:badNonce", "detail": "not this one"}


@pytest.mark.parametrize(
    ("refusal", "times", "is_refused"),
    [
        (Response.of_json(BAD_NONCE, status=400), 3, lambda request: request.method == "POST"),
        (
            Response(status=503, body=b"<html>overloaded</html>"),
            2,
            lambda request: request.path in (NONCE, REGISTRATION, ORDER),
        ),
    ],
    ids=["bad nonce", "overload"],
)
def test_a_request_that_is_refused_for_now_is_repeated_and_not_the_run(
    world: World, refusal: Response, times: int, is_refused: Callable[[Request], bool]
) -> None:
    refused: Counter[str] = Counter()
    taken: Counter[str] = Counter()

    def refuse(request: Request, forward: Forward) -> Response:
        if is_refused(request) and refused[request.path] < times:
            refused[request.path] += 1
            return refusal
        taken[request.path] += 1
        return forward(request)

    world.authority.intercept = refuse

    assert world.certificates.served(world.certificates.create())

    assert refused[REGISTRATION] == refused[ORDER] == times
    assert taken[REGISTRATION] == taken[ORDER] == 1
    # certbot runs twice, to register and to order; each run begins with two looks at the directory
    assert taken["/dir"] == 4
    assert [n for path, n in taken.items() if path.startswith(FINALIZATION)] == [1]


@pytest.mark.parametrize(("seconds", "questions", "orders"), [(1.5, 100, 1), (4, 2, 2)])
def test_slow_name_servers_do_not_matter(
    world: World, arn: str, seconds: float, questions: int, orders: int
) -> None:
    answer = world.resolver.answer
    slow_ones = iter(range(questions))

    def slow(query: bytes) -> bytes:
        if next(slow_ones, None) is not None:
            time.sleep(seconds)
        return answer(query)

    world.answer_dns(slow)
    world.certificates.properties["Domains"] = NEW_NAMES

    assert world.certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
    assert len(world.authority.sent(ORDER)) >= orders


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
