"""A certificate of an ACME authority: issued, renewed and kept by a function that runs certbot."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from certificate.request import LOCK_KEY, CertificateRequest, renewal
from instandt_cdk.compliance import accept, skip
from instandt_cdk.ingress.certificate_permissions import permit
from instandt_cdk.operations import Advice, Operations
from instandt_cdk.settings import AcmeSettings, SiteSettings
from instandt_cdk.shared.expiry_alarm import watch_expiry
from instandt_cdk.shared.python_function import PythonFunction

RENEWAL_INTERVAL = cdk.Duration.hours(12)
"""Twice a day, as certbot's documentation recommends; certbot itself decides whether anything is due."""

ALARM_DAYS = 10
"""Renewals begin a third of the lifetime before the end, 15 days for certificates of 45 days; when fewer
days are left, renewals have been failing for days."""

SHORT_LIVED_ALARM_DAYS = 2
"""Certificates of Let's Encrypt's profile "shortlived" live 160 hours ("Profiles", Let's Encrypt)."""


class CertbotCertificate(Construct):
    """A publicly trusted certificate in ACM that renews itself under the same ARN."""

    certificate_arn: str

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        state: secretsmanager.ISecret,
        state_key: kms.IKey,
        site: SiteSettings,
        acme: AcmeSettings,
        operations: Operations,
    ) -> None:
        super().__init__(scope, construct_id)
        self._function = PythonFunction(
            self,
            "Function",
            package="certificate",
            handler="handler.handle",
            description="Gets and renews the load balancer's certificate with certbot",
            timeout=cdk.Duration.minutes(15),
            memory_mib=512,
            talks_to="AWS APIs and the certificate authority",
            failures="CloudFormation reports a failed request itself. The schedule sends its event again "
            "after twelve hours, and an alarm tells of errors.",
            logs=operations.logs,
        )
        lock = self._lock()
        role = self._function.own_role
        permit(role, state=state, state_key=state_key, lock=lock, site=site, acme=acme)
        self._request = _request(name, state, lock, site, acme)
        certificate = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::OriginCertificate",
            service_token=self._function.function_arn,
            service_timeout=cdk.Duration.minutes(16),
            properties=self._request.to_properties(),
        )
        certificate.node.add_dependency(self._function)  # and so on its role's policy
        self.certificate_arn = certificate.ref
        operations.watch(
            self,
            "RenewalFailed",
            Advice(
                alarm="certificate-renewal",
                section="certificate-renewal",
                meaning="The load balancer's certificate could not be renewed; the site works until it "
                "expires, and the renewal is tried again within twelve hours.",
                remedy="Read the last error in the log of the stack Ingress' certificate function, and do "
                "what it says.",
            ),
            metric=self._function.metric_errors(period=cdk.Duration.hours(1)),
            threshold=1,
        )
        watch_expiry(
            self,
            operations=operations,
            certificate_arn=self.certificate_arn,
            of="load balancer",
            days=SHORT_LIVED_ALARM_DAYS if acme.profile == "shortlived" else ALARM_DAYS,
        )

    def _lock(self) -> dynamodb.Table:
        """Make the table that lets one run of the function at a time work on the certificate."""
        table = dynamodb.Table(
            self,
            "Lock",
            partition_key=dynamodb.Attribute(name=LOCK_KEY, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        nothing = "A lock for minutes, an ARN and what the template says: no secret, and nothing to restore."
        accept(
            table,
            dict.fromkeys(("DDB3", "DynamoDBInBackupPlan", "DynamoDBPITREnabled"), nothing),
        )
        skip(table.node.default_child, dict.fromkeys(("CKV_AWS_28", "CKV_AWS_119"), nothing))
        return table

    def renew(self, scope: Construct) -> None:
        """Let certbot look regularly whether the certificate is due.

        Args:
            scope: A stack for which nothing waits: CloudFormation takes a minute for a schedule.
        """
        events.Rule(
            scope,
            "CertificateRenewal",
            description="Lets certbot look whether the certificate is due",
            schedule=events.Schedule.rate(RENEWAL_INTERVAL),
            targets=[
                targets.LambdaFunction(
                    self._function,
                    event=events.RuleTargetInput.from_object(
                        renewal(arn=self.certificate_arn, request=self._request)
                    ),
                )
            ],
        )


def _request(
    name: str,
    state: secretsmanager.ISecret,
    lock: dynamodb.ITable,
    site: SiteSettings,
    acme: AcmeSettings,
) -> CertificateRequest:
    binding = acme.external_account_binding
    return CertificateRequest(
        certificate_name=name,
        domains=[site.internal_name, site.domain],
        hosted_zone_id=site.hosted_zone_id,
        directory_url=str(acme.directory_url),
        email=acme.email,
        lock_table=lock.table_name,
        state_secret_arn=state.secret_arn,
        profile=acme.profile,
        external_account_key_id=binding.key_id if binding else None,
        external_account_hmac_key_secret_arn=binding.hmac_key_secret_arn if binding else None,
        account_key_secret_arn=acme.account_key_secret_arn,
    )
