"""The permission to send instaNDT's e-mails."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from instandt_cdk.compliance import accept


def let_send_mail(role: iam.IRole, sender: str) -> None:
    """Let a role send e-mails as this sender.

    SES asks for more than the sender's identity, and an operator may change what it asks for at any time:
    the address or a domain above it, the configuration set that the identity has by default
    (aws/aws-cdk#34402), and in the sandbox the recipients' identities. The condition is what limits the role
    ("Actions, resources, and condition keys for Amazon SES", Service Authorization Reference).
    """
    resources = [
        cdk.Stack.of(role).format_arn(service="ses", resource=resource, resource_name="*")
        for resource in ("identity", "configuration-set")
    ]
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["ses:SendEmail", "ses:SendRawEmail"],
            resources=resources,
            conditions={"StringEquals": {"ses:FromAddress": sender}},
        )
    )
    accept(
        role,
        {
            f"IAM5[Resource::{resource}]": "Only as the configured sender; SES decides which identities and "
            "configuration sets it asks for."
            for resource in resources
        },
    )
