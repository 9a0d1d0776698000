"""What the certificate's function may do: what certbot and the function call, and nothing else."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from instandt_cdk.compliance import accept
from instandt_cdk.settings import AcmeSettings, SiteSettings
from instandt_cdk.shared.secrets import let_decrypt


def permit(
    role: iam.IRole,
    *,
    state: secretsmanager.ISecret,
    state_key: kms.IKey,
    lock: dynamodb.ITable,
    site: SiteSettings,
    acme: AcmeSettings,
) -> None:
    """Let the role of the certificate's function do its work.

    Args:
        role: The role.
        state: The secret with certbot's state.
        state_key: The key that encrypts it.
        lock: The table with the locks of the runs.
        site: Names the domains and their zone.
        acme: Names the operator's own secrets, if there are any.
    """
    stack = cdk.Stack.of(lock)
    binding = acme.external_account_binding
    brought = (acme.account_key_secret_arn, binding.hmac_key_secret_arn if binding else None)
    for actions, resources in (
        (["secretsmanager:GetSecretValue"], [state.secret_arn, *filter(None, brought)]),
        (["secretsmanager:PutSecretValue"], [state.secret_arn]),
        (["dynamodb:UpdateItem"], [lock.table_arn]),
    ):
        role.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=resources))
    let_decrypt(role, state_key, "kms:GenerateDataKey")
    role.add_to_principal_policy(_answering_of_challenges(stack, site))
    for actions, resource, reason in _without_resource(stack):
        role.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        accept(role, {f"IAM5[Resource::{resource}]": reason})


def _answering_of_challenges(stack: cdk.Stack, site: SiteSettings) -> iam.PolicyStatement:
    """The right to write the answers to the challenges and no other records.

    "Using IAM policy conditions for fine-grained access control", Amazon Route 53 Developer Guide.
    """
    return iam.PolicyStatement(
        actions=["route53:ChangeResourceRecordSets"],
        resources=[f"arn:{stack.partition}:route53:::hostedzone/{site.hosted_zone_id}"],
        conditions={
            "ForAllValues:StringEquals": {
                "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                    f"_acme-challenge.{name}" for name in (site.internal_name, site.domain)
                ],
            }
        },
    )


def _without_resource(stack: cdk.Stack) -> Iterator[tuple[list[str], str, str]]:
    """Return actions whose resource is not known beforehand, with a wildcard and its reason."""
    # The function and certbot find the zone by its name; certbot waits until the record is everywhere.
    yield ["route53:ListHostedZones"], "*", "The action has no resource level."
    yield ["acm:ListCertificates"], "*", "The action has no resource level."
    yield (
        ["route53:GetChange"],
        f"arn:{stack.partition}:route53:::change/*",
        "A change has no id before it is made.",
    )
    yield (
        [
            "acm:ImportCertificate",
            "acm:DescribeCertificate",
            "acm:GetCertificate",
            "acm:DeleteCertificate",
            "acm:AddTagsToCertificate",
            "acm:ListTagsForCertificate",
        ],
        f"arn:{stack.partition}:acm:{stack.region}:{stack.account}:certificate/*",
        "The certificate's id is not known before it is imported.",
    )
