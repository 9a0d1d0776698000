"""What CloudFormation, the schedule and an operator do with the certificate, in a line each."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import boto3
import pytest
from cryptography import x509

from certificate.acm import TAG
from certificate.handler import handle
from certificate.lock import turn
from certificate.request import LOCK_KEY
from local.acme import AcmeServer
from tests.lambdas.servers import CloudFormationInbox

AuthorityFactory = Callable[..., AcmeServer]

NONCE, REGISTRATION, ORDER = "/nonce-plz", "/sign-me-up", "/order-plz"
"""Where pebble hands out nonces and takes new accounts and orders."""
FINALIZATION = "/finalize-order/"
"""The beginning of the path where pebble takes requests for signature."""

NAMES = ["internal.instandt.localhost", "instandt.localhost"]


class Context:
    """Lambda's context of a function that has some time left."""

    def __init__(self, *, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


class Certificates:
    """Calls the function and looks at what it left in AWS."""

    def __init__(self, *, inbox: CloudFormationInbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self._inbox = inbox
        self._monkeypatch = monkeypatch
        self.acm = boto3.client("acm")
        self.secrets = boto3.client("secretsmanager")
        self.route53 = boto3.client("route53")
        self.dynamodb = boto3.client("dynamodb")
        (zone,) = self.route53.list_hosted_zones()["HostedZones"]
        self._zone_id = zone["Id"]
        self.seconds = 300.0
        self.properties: dict[str, Any] = {
            "ServiceToken": "arn:aws:lambda:eu-central-1:000000000000:function:certificate",
            "Domains": NAMES,
            "Email": "operator@example.com",
            "HostedZoneId": self._zone_id.rpartition("/")[2],
            "LockTable": self._create_table(),
            "StateSecretArn": self.create_secret("{}"),
            "CertificateName": str(uuid.uuid4()),
        }

    def use(self, authority: AcmeServer) -> None:
        """Let the certificate come from this authority."""
        self.properties["DirectoryUrl"] = authority.directory_url
        self._monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_bundle))

    def create_secret(self, value: str) -> str:
        return self.secrets.create_secret(Name=str(uuid.uuid4()), SecretString=value)["ARN"]

    def _create_table(self) -> str:
        table = self.dynamodb.create_table(
            TableName=str(uuid.uuid4()),
            AttributeDefinitions=[{"AttributeName": LOCK_KEY, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": LOCK_KEY, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return str(table["TableDescription"]["TableName"])

    def let_lock_expire(self) -> None:
        """Do what time does to the lock of a run that was killed."""
        self.dynamodb.update_item(
            TableName=self.properties["LockTable"],
            Key={LOCK_KEY: {"S": self.properties["CertificateName"]}},
            UpdateExpression="SET #until = :past",
            ExpressionAttributeNames={"#until": "Until"},
            ExpressionAttributeValues={":past": {"N": "0"}},
        )

    def event(self, kind: str, **fields: object) -> dict[str, Any]:
        """Return a request of CloudFormation's."""
        return {
            "RequestType": kind,
            "ResponseURL": self._inbox.url,
            "StackId": "arn:aws:cloudformation:eu-central-1:000000000000:stack/ingress/1",
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": "Certificate",
            "ResourceProperties": self.properties,
            **fields,
        }

    def request(self, kind: str, **fields: object) -> dict[str, Any]:
        """Send CloudFormation's request and return what it receives."""
        return self.send(self.event(kind, **fields))

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Run the function for an event and return what CloudFormation receives."""
        count = len(self._inbox.answers)
        handle(event, Context(seconds=self.seconds))
        return next(
            answer
            for answer in self._inbox.answers[count:]
            if answer["RequestId"] == event["RequestId"]
        )

    def answers(self) -> list[dict[str, Any]]:
        """Return everything that CloudFormation received."""
        return self._inbox.answers

    def create(self) -> str:
        """Create the certificate and return its ARN."""
        answer = self.request("Create")
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["Data"] == {"CertificateArn": answer["PhysicalResourceId"]}
        return str(answer["PhysicalResourceId"])

    def renewal(self) -> dict[str, Any]:
        """Return the event that the schedule sends."""
        return {"RequestType": "Renew", "ResourceProperties": self.properties}

    def renew(self) -> None:
        """Do what the schedule does."""
        handle(self.renewal(), Context(seconds=self.seconds))

    def served(self, arn: str) -> x509.Certificate:
        """Return the certificate that a load balancer would serve."""
        pem = self.acm.get_certificate(CertificateArn=arn)["Certificate"]
        return x509.load_pem_x509_certificate(pem.encode())

    def names(self, arn: str) -> set[str]:
        """Return the names of the certificate that a load balancer would serve."""
        extensions = self.served(arn).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(names.get_values_for_type(x509.DNSName))

    def arns(self) -> list[str]:
        """Return the ARNs of the certificates with this test's name."""
        return [
            summary["CertificateArn"]
            for summary in self.acm.list_certificates()["CertificateSummaryList"]
            if any(
                tag["Value"] == self.properties["CertificateName"]
                for tag in self.acm.list_tags_for_certificate(
                    CertificateArn=summary["CertificateArn"]
                )["Tags"]
            )
        ]

    def secret(self) -> str:
        """Return the state as it is stored."""
        secret_arn = self.properties["StateSecretArn"]
        return self.secrets.get_secret_value(SecretId=secret_arn)["SecretString"]

    def secret_version(self) -> str:
        """Return the id of the stored state's version."""
        secret_arn = self.properties["StateSecretArn"]
        return self.secrets.get_secret_value(SecretId=secret_arn)["VersionId"]

    def put_secret(self, value: str) -> str:
        """Store another state, as an operator could, and return the id of its version."""
        secret_arn = self.properties["StateSecretArn"]
        return self.secrets.put_secret_value(SecretId=secret_arn, SecretString=value)["VersionId"]

    def adopt(self, stored: str) -> str:
        """Let state and ACM be those of an earlier run, and return the ARN."""
        self.properties["StateSecretArn"] = self.create_secret(stored)
        name = self.properties["CertificateName"]
        arn = self.import_from_state(json.loads(stored), Tags=[{"Key": TAG, "Value": name}])
        table, deadline = self.properties["LockTable"], time.monotonic() + self.seconds
        with turn(self.dynamodb, table=table, name=name, deadline=deadline) as left:
            left.arn, left.properties = arn, dict(self.properties)
        return arn

    def import_from_state(self, stored: dict[str, dict[str, str]], **target: Any) -> str:  # noqa: ANN401
        """Put the certificate of an earlier state into ACM, and return its ARN."""
        part = {
            name: next(t for p, t in stored["files"].items() if re.search(rf"/{name}\d+\.pem", p))
            for name in ("cert", "chain", "privkey")
        }
        return self.acm.import_certificate(
            Certificate=part["cert"].encode(),
            CertificateChain=part["chain"].encode(),
            PrivateKey=part["privkey"].encode(),
            **target,
        )["CertificateArn"]

    def files(self, prefix: str) -> dict[str, str]:
        """Return the stored files below a directory."""
        stored = json.loads(self.secret())["files"]
        return {path: text for path, text in stored.items() if path.startswith(prefix)}

    @contextmanager
    def unharmed(self, arn: str) -> Iterator[None]:
        """Promise that certificate, account and state are the same afterwards, and nothing is left."""
        before = self.served(arn), self.secret()
        yield
        assert (self.served(arn), self.secret()) == before
        assert self.arns() == [arn]
        assert self.challenges() == []

    def challenges(self) -> list[str]:
        """Return the names of the TXT records in the public zone."""
        records = self.route53.list_resource_record_sets(HostedZoneId=self._zone_id)
        return [r["Name"] for r in records["ResourceRecordSets"] if r["Type"] == "TXT"]

    def change_txt(self, action: Literal["UPSERT", "DELETE"], name: str, values: list[str]) -> None:
        """Change a TXT record of the public zone."""
        self.route53.change_resource_record_sets(
            HostedZoneId=self._zone_id,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": action,
                        "ResourceRecordSet": {
                            "Name": name,
                            "Type": "TXT",
                            "TTL": 10,
                            "ResourceRecords": [{"Value": f'"{value}"'} for value in values],
                        },
                    }
                ]
            },
        )
