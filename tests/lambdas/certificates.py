"""What CloudFormation, the schedule and an operator do with the certificate, in a line each."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Literal

import boto3
import pytest
from cryptography import x509

from certificate.handler import handle
from local.acme import AcmeServer
from tests.lambdas.servers import CloudFormationInbox

AuthorityFactory = Callable[..., AcmeServer]

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
        self.seconds = 300.0
        self.properties: dict[str, Any] = {
            "ServiceToken": "arn:aws:lambda:eu-central-1:000000000000:function:certificate",
            "Domains": NAMES,
            "Email": "operator@example.com",
            "StateSecretArn": self.create_secret("{}"),
            "CertificateName": str(uuid.uuid4()),
        }

    def use(self, authority: AcmeServer) -> None:
        """Let the certificate come from this authority."""
        self.properties["DirectoryUrl"] = authority.directory_url
        self._monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_bundle))

    def create_secret(self, value: str) -> str:
        return self.secrets.create_secret(Name=str(uuid.uuid4()), SecretString=value)["ARN"]

    def request(self, kind: str, **fields: object) -> dict[str, Any]:
        """Send CloudFormation's request and return what it receives."""
        event = {
            "RequestType": kind,
            "ResponseURL": self._inbox.url,
            "StackId": "arn:aws:cloudformation:eu-central-1:000000000000:stack/ingress/1",
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": "Certificate",
            "ResourceProperties": self.properties,
            **fields,
        }
        handle(event, Context(seconds=self.seconds))
        answer = self._inbox.answers[-1]
        assert answer["RequestId"] == event["RequestId"]
        return answer

    def create(self) -> str:
        """Create the certificate and return its ARN."""
        answer = self.request("Create")
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["Data"] == {"CertificateArn": answer["PhysicalResourceId"]}
        return str(answer["PhysicalResourceId"])

    def renew(self) -> None:
        """Do what the schedule does."""
        event = {"RequestType": "Renew", "ResourceProperties": self.properties}
        handle(event, Context(seconds=self.seconds))

    def served(self, arn: str) -> x509.Certificate:
        """Return the certificate that a load balancer would serve."""
        pem = self.acm.get_certificate(CertificateArn=arn)["Certificate"]
        return x509.load_pem_x509_certificate(pem.encode())

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

    def import_from_state(self, arn: str, stored: dict[str, dict[str, str]]) -> None:
        """Put the certificate of an earlier state into ACM."""
        part = {
            name: next(t for p, t in stored["files"].items() if f"/{name}1.pem" in p)
            for name in ("cert", "chain", "privkey")
        }
        self.acm.import_certificate(
            CertificateArn=arn,
            Certificate=part["cert"].encode(),
            CertificateChain=part["chain"].encode(),
            PrivateKey=part["privkey"].encode(),
        )

    def files(self, prefix: str) -> dict[str, str]:
        """Return the stored files below a directory."""
        stored = json.loads(self.secret())["files"]
        return {path: text for path, text in stored.items() if path.startswith(prefix)}

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

    @property
    def _zone_id(self) -> str:
        (zone,) = self.route53.list_hosted_zones()["HostedZones"]
        return zone["Id"]
