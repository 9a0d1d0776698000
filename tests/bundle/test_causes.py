"""For each of more than twenty faults the first sentence of the bundle names the cause.

What our own functions say is said by them, and what the emulator does is real. Other words of AWS are from
the page that is named.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import trustme

from instandt_cdk.doctor.finding import failed
from instandt_cdk.doctor.region import bootstrapped
from instandt_cdk.names import STACKS
from tests.bundle.environment import TOPIC, Bundle, Faulty, services
from tests.bundle.words import delegation_says, migration_says, preflight_says
from tests.doctor.stubs import answering
from tests.smoke.environment import ALARM, ingress
from tests.smoke.site import DOMAIN, serving
from tests.support.choices import EXISTING
from tests.support.emulated import Cloud

NO_TLS = 'no pg_hba.conf entry for host "10.0.0.1", user "instandt", database "i", no encryption'
DATABASE = {
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": "20",
    "MasterUsername": "owner",
    "MasterUserPassword": "not-to-be-shown",
}


@dataclass(frozen=True)
class Fault:
    """How something is broken, and what the first sentence must say of it."""

    inject: Callable[[Faulty], Any]
    said: str


def stop_the_database(faulty: Faulty) -> None:
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": DATABASE}
    outputs = {"Name": {"Value": {"Ref": "Database"}}}
    faulty.cloud.apply(
        faulty.stack("storage"), {"Resources": {"Database": instance}, "Outputs": outputs}
    )
    name = faulty.cloud.outputs(faulty.stack("storage"))["Name"]
    faulty.cloud.client("rds").stop_db_instance(DBInstanceIdentifier=name)


def let_the_certificate_expire(faulty: Faulty) -> None:
    end = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    issued = trustme.CA().issue_cert(DOMAIN, not_before=end - dt.timedelta(days=90), not_after=end)
    arn = faulty.cloud.client("acm").import_certificate(
        Certificate=issued.cert_chain_pems[0].bytes(), PrivateKey=issued.private_key_pem.bytes()
    )["CertificateArn"]
    faulty.cloud.apply(faulty.stack("ingress"), ingress(arn))


def raise_an_alarm(faulty: Faulty) -> None:
    for other in ("egress", "cluster", "secrets", "storage", "ingress"):
        faulty.cloud.apply(faulty.stack(other), TOPIC)
    faulty.cloud.apply(faulty.stack("edge"), TOPIC, region="us-east-1")
    outputs = {"Alarm": {"Value": {"Ref": "Alarm"}}}
    stack = faulty.stack("network")
    faulty.cloud.apply(stack, {"Resources": {"Alarm": ALARM}, "Outputs": outputs})
    faulty.cloud.client("cloudwatch").set_alarm_state(
        AlarmName=faulty.cloud.outputs(stack)["Alarm"], StateValue="ALARM", StateReason="test"
    )


def _fails(words: str, **where: str) -> Callable[[Faulty], None]:
    return lambda faulty: faulty.fail(words, **where)


def _logs(line: str) -> Callable[[Faulty], None]:
    return lambda faulty: faulty.log("starting", line)


FAULTS = {
    "token": Fault(_fails(preflight_says(401)), "refuses the access token of deploy"),
    "image": Fault(_fails(preflight_says(404)), "404 Not Found for group/project/backend:9.9.9"),
    "tls": Fault(_fails(migration_says(1, NO_TLS)), "set database.require_tls = false"),
    "dbname": Fault(
        _fails(migration_says(1, 'FATAL: database "ndt" does not exist')),
        "expects the database ndt",
    ),
    "migration": Fault(_fails(migration_says(3, "boom")), "failed with exit code 3"),
    "readonly": Fault(
        _fails(migration_says(1, "Read-only file system")), "set its read_only_root = false"
    ),
    "room": Fault(_fails(migration_says(None, reason="RESOURCE:ENI")), "no room for a task (ENI)"),
    # "ResourceInitializationError task errors", Amazon ECS Developer Guide.
    "secret": Fault(
        _fails(
            migration_says(
                None,
                reason="ResourceInitializationError: unable to pull secrets or registry auth: execution "
                "resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User "
                "is not authorized to perform: secretsmanager:GetSecretValue",
            )
        ),
        "cannot read one of its secrets (AccessDenied)",
    ),
    "delegation": Fault(_fails(delegation_says()), "domain example.com is not delegated"),
    # RFC 8555, 6.7.
    "ratelimit": Fault(
        _fails("urn:ietf:params:acme:error:rateLimited :: too many certificates already issued"),
        "takes no more requests for now",
    ),
    "caa": Fault(
        _fails("urn:ietf:params:acme:error:caa :: CAA record for example.com prevents issuance"),
        "does not accept the proof of the domain (caa)",
    ),
    # "Error codes for the Amazon EC2 API" and "CNAMEAlreadyExists", Amazon CloudFront API Reference.
    "quota": Fault(
        _fails("The maximum number of addresses has been reached. (AddressLimitExceeded)"),
        "A quota of the account is used up",
    ),
    "alias": Fault(
        _fails(
            "One or more of the CNAMEs you provided are already associated with a different resource."
        ),
        "is an alternate name of another CloudFront distribution",
    ),
    # "Service event messages", Amazon ECS Developer Guide.
    "health": Fault(
        _fails(
            "(service backend) (task 1) failed ELB health checks in (target-group arn) due to (reason Health "
            "checks failed with these codes: [404])"
        ),
        "does not pass its health check (404): compare health_path",
    ),
    "crash": Fault(lambda faulty: faulty.end_a_task(7), "backend ends with exit code 7"),
    "memory": Fault(lambda faulty: faulty.end_a_task(137), "raise backend.memory_mib"),
    "disk": Fault(_logs("OSError: [Errno 28] No space left on device"), "raise cluster.volume_gib"),
    "password": Fault(
        _logs('FATAL: password authentication failed for user "instandt_a"'),
        "refuses the password of instandt_a",
    ),
    "mail": Fault(
        _logs("MessageRejected: Email address is not verified."), "SES does not send as application"
    ),
    "stopped": Fault(stop_the_database, "The database is stopped: start it"),
    "expired": Fault(let_the_certificate_expire, "A certificate was not renewed"),
    "alarm": Fault(raise_an_alarm, "An alarm is on: instandt-alarm-network-Alarm"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_first_sentence_names_the_cause(cloud: Cloud, bundle: Bundle, name: str) -> None:
    faulty = Faulty(cloud, name)
    cloud.apply(faulty.stack("services"), services(name))
    FAULTS[name].inject(faulty)
    files = bundle(name)
    assert next(iter(files)) == "summary.md"
    assert FAULTS[name].said in files["summary.md"].splitlines()[0], files["summary.md"]


def test_credentials_that_are_gone_are_named(bundle: Bundle) -> None:
    expired = failed("AWS refuses them: ExpiredToken", "sign in").about("credentials")
    summary = bundle("gone", findings=[expired])["summary.md"]
    assert summary.startswith(
        "The credentials on this machine cannot be used: AWS refuses them: ExpiredToken; sign in."
    )


def test_a_region_without_bootstrap_is_named(bundle: Bundle) -> None:
    ssm = answering("ssm", [("get_parameter", "ParameterNotFound")])
    findings = [
        one.about("bootstrap") for one in bootstrapped(ssm, account="1", region="us-east-1")
    ]
    summary = bundle("unbootstrapped", findings=findings)["summary.md"]
    assert summary.startswith("The account is not prepared for the CDK: run `npx cdk bootstrap`")


def test_a_firewall_that_refuses_everybody_is_named(cloud: Cloud, bundle: Bundle) -> None:
    cloud.apply("instandt-walled-off-services", services("walled-off"))
    with serving() as site:
        site.manners.blocks_everything = True
        summary = bundle("walled-off", site=site)["summary.md"]
    assert summary.startswith("The firewall refuses everybody")


def test_an_environment_that_does_not_exist_is_named(bundle: Bundle) -> None:
    summary = bundle("nowhere")["summary.md"]
    assert summary.startswith("There is no stack instandt-nowhere-network in eu-central-1: deploy")


def test_a_stack_that_the_settings_leave_out_is_not_missed(bundle: Bundle) -> None:
    existing = [f"network.existing_vpc.{key} = {json.dumps(EXISTING[key])}" for key in EXISTING]
    missing = json.loads(bundle("elsewhere", *existing)["stacks.json"])["missing"]
    names = [re.search(r"instandt-elsewhere-(\w+)", one) for one in missing]
    assert [name and name[1] for name in names] == [
        stack.lower() for stack in STACKS if stack not in ("Egress", "Replica")
    ]


def test_the_embedded_aws_is_no_case_for_the_doctor(bundle: Bundle) -> None:
    summary = bundle("local", findings=[failed("not delegated", "delegate")])["summary.md"]
    assert "delegate" not in summary
