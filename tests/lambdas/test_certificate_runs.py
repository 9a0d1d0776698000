"""One run at a time, as processes that share nothing: one account, one certificate, equal answers.

CloudFormation may deliver a request twice, the schedule may run beside an update, and AWS may end a run at
any moment.
"""

import base64
import datetime as dt
import json
import re
import signal
import time
from collections.abc import Callable

import pytest

from certificate import lock
from tests.lambdas.certificates import NAMES, ORDER, REGISTRATION
from tests.lambdas.faults import World, is_finalization, is_import
from tests.lambdas.gate import Forward, Request, Response, pass_on
from tests.lambdas.servers import FunctionProcess

NEW_NAMES = [*NAMES, "new.instandt.localhost"]


def is_registration(request: Request) -> bool:
    return request.path == REGISTRATION


def account_keys(world: World) -> set[str]:
    """Return the keys that asked for a new account (RFC 8555, 6.2: "jwk")."""
    return {
        json.dumps(json.loads(base64.urlsafe_b64decode(f"{encoded}=="))["jwk"], sort_keys=True)
        for encoded in (
            json.loads(request.body)["protected"] for request in world.authority.sent(REGISTRATION)
        )
    }


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_a_request_that_comes_twice_makes_one_certificate_and_equal_answers(
    world: World, seconds: int
) -> None:
    certificates = world.certificates
    event = certificates.event("Create")
    first = FunctionProcess(event)
    time.sleep(seconds)
    second = FunctionProcess(event)
    assert (first.wait(), second.wait()) == (0, 0)

    one, other = (a for a in certificates.answers() if a["RequestId"] == event["RequestId"])
    assert one == other
    assert one["Status"] == "SUCCESS", one["Reason"]
    assert [one["PhysicalResourceId"]] == certificates.arns()
    assert len(world.authority.sent(ORDER)) == 1
    assert len(world.authority.sent(REGISTRATION)) == 1
    certificates.request("Delete", PhysicalResourceId=one["PhysicalResourceId"])
    assert certificates.arns() == []
    assert certificates.challenges() == []


def test_a_renewal_beside_an_update_leaves_the_updates_names(world: World) -> None:
    certificates = world.certificates
    arn = certificates.create()
    renewal = certificates.renewal()
    certificates.properties = {**certificates.properties, "Domains": NEW_NAMES}
    update = certificates.event("Update", PhysicalResourceId=arn)

    runs = [FunctionProcess(event) for event in (renewal, update)]
    assert [run.wait() for run in runs] == [0, 0]
    # whichever was first: this event was sent before the update, too
    assert FunctionProcess(renewal).wait() == 0

    (answer,) = (a for a in certificates.answers() if a["RequestId"] == update["RequestId"])
    assert answer["PhysicalResourceId"] == arn, answer["Reason"]
    assert certificates.arns() == [arn]
    assert certificates.names(arn) == set(NEW_NAMES)
    assert len(world.authority.sent(ORDER)) == 2


def test_a_certificate_that_acm_does_not_list_yet_is_found(world: World, arn: str) -> None:
    assert world.certificates.create() == arn
    nothing = Response.of_json({"CertificateSummaryList": []})
    world.aws.intercept = lambda request, forward: (
        nothing
        if request.headers.get("X-Amz-Target") == "CertificateManager.ListCertificates"
        else forward(request)
    )

    assert world.certificates.create() == arn

    assert world.certificates.arns() == [arn]


def test_what_a_creation_left_without_an_answer_is_deleted(world: World, arn: str) -> None:
    answer = world.certificates.request("Delete", PhysicalResourceId="instandt-prod-ingress-1A2B3C")

    assert answer["Status"] == "SUCCESS", arn
    assert world.certificates.arns() == []


@pytest.mark.parametrize(
    ("moment", "orders"), [(is_registration, 1), (is_finalization, 2), (is_import, 1)]
)
def test_a_run_that_is_killed_is_completed_by_the_next(
    world: World, moment: Callable[[Request], bool], orders: int
) -> None:
    certificates = world.certificates
    answers: list[Response] = []

    def kill(request: Request, forward: Forward) -> Response:
        if not moment(request):
            return forward(request)
        if request.path == REGISTRATION:
            answers.append(forward(request))  # the authority has the account, and nobody knows
        process.kill()
        return Response(status=500, body=b"")

    world.authority.intercept = world.aws.intercept = kill
    process = FunctionProcess(certificates.event("Create"))
    assert process.wait() == -signal.SIGKILL
    assert certificates.arns() == []
    world.authority.intercept = world.aws.intercept = pass_on
    certificates.let_lock_expire()

    arn = certificates.create()

    assert certificates.arns() == [arn]
    assert certificates.challenges() == []
    assert len(world.authority.sent(ORDER)) == orders
    assert len(account_keys(world)) == 1
    (account,) = (t for path, t in certificates.files("accounts/").items() if "regr" in path)
    for answer in answers:
        assert json.loads(account)["uri"] == answer.headers["Location"]


def test_a_run_says_how_long_the_lock_of_a_killed_one_can_last(world: World, arn: str) -> None:
    certificates = world.certificates

    def kill(_request: Request, _forward: Forward) -> Response:
        process.kill()
        return Response(status=500, body=b"")

    world.authority.intercept = kill
    process = FunctionProcess(certificates.renewal())
    process.wait()
    world.authority.open()

    certificates.seconds = 22
    answer = certificates.request("Update", PhysicalResourceId=arn)

    assert answer["Status"] == "FAILED"
    (moment,) = re.findall(r"Try again after (\S+Z)", answer["Reason"])
    left = dt.datetime.fromisoformat(moment) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(seconds=200) < left < dt.timedelta(seconds=300 + lock.MARGIN_SECONDS)
    certificates.let_lock_expire()
    assert certificates.request("Update", PhysicalResourceId=arn)["Status"] == "SUCCESS"
