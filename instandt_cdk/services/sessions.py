"""Sessions on the bastion: how they begin, and where their transcripts go."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as cloudwatch_logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.contract import instandt
from instandt_cdk.operations import Logs

IDLE_MINUTES = 20
LONGEST_MINUTES = 12 * 60

LONGEST_PROFILE = 512
"""The most characters of what a session begins with ("Allow configurable shell profiles", AWS Systems
Manager User Guide)."""

PSQL = " ".join(
    (
        "H={host};",
        # Amazon Linux keeps its packages in S3, which a closed network reaches, too.
        "command -v psql >/dev/null || sudo dnf -qy install postgresql17;",
        # Of 15 minutes, for the beginning of a connection only.
        "PGPASSWORD=$(aws rds generate-db-auth-token --region {region} --hostname $H --port {port}"
        " --username {user})",
        "exec psql 'sslmode=require host={host} port={port} dbname={database} user={user}'",
    )
)
"""What the session for psql runs. The token is the password of a login that may only read; the machine makes
it with its own role, so nobody sees or keeps a password ("Connecting to your DB instance using IAM
authentication from the command line", Amazon RDS User Guide)."""


class Sessions(Construct):
    """Session Manager's documents for a shell and for psql, and the log with the transcripts.

    The account has preferences for all sessions, in a document that belongs to nobody. These documents are
    the environment's own ("Session document schema", AWS Systems Manager User Guide).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: iam.Role,
        logs: Logs,
        host: str,
        database: str,
    ) -> None:
        """Make the documents and the log.

        Args:
            scope: Their parent.
            construct_id: The id.
            role: Of the machine that the sessions are on.
            logs: How the transcripts are kept.
            host: The database server's name.
            database: The database's name.
        """
        super().__init__(scope, construct_id)
        log = logs.group(self, "Log")
        self._document("Shell", log, purpose="A shell on the bastion")
        psql = PSQL.format(
            host=host,
            port=instandt.DATABASE_PORT,
            user=instandt.READER,
            database=database,
            region=cdk.Stack.of(self).region,
        )
        self._document("Psql", log, purpose="psql, as a login that may only read", profile=psql)
        _let_log(role, log)
        _let_read(role)

    def _document(
        self, name: str, log: cloudwatch_logs.ILogGroup, *, purpose: str, profile: str = ""
    ) -> None:
        inputs: dict[str, Any] = {
            "cloudWatchLogGroupName": log.log_group_name,
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchStreamingEnabled": True,
            "idleSessionTimeout": str(IDLE_MINUTES),
            "maxSessionDuration": str(LONGEST_MINUTES),
            "runAsEnabled": False,
            "shellProfile": {"linux": profile, "windows": ""},
        }
        ssm.CfnDocument(
            self,
            name,
            document_type="Session",
            document_format="JSON",
            content={
                "schemaVersion": "1.0",
                "description": f"instaNDT: {purpose}, with its transcript in CloudWatch",
                "sessionType": "Standard_Stream",
                "inputs": inputs,
            },
        )


def _let_log(role: iam.Role, log: cloudwatch_logs.LogGroup) -> None:
    """Let the machine write transcripts.

    Source: "Creating an IAM role with permissions for Session Manager and Amazon S3 and CloudWatch Logs", AWS
    Systems Manager User Guide.
    """
    log.grant(role, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    role.add_to_policy(iam.PolicyStatement(actions=["logs:DescribeLogGroups"], resources=["*"]))


def _let_read(role: iam.Role) -> None:
    """Let the machine log in to the database as the reader.

    Source: "Creating and using an IAM policy for IAM database access", Amazon RDS User Guide.
    """
    reader = cdk.Stack.of(role).format_arn(
        service="rds-db",
        resource="dbuser",
        resource_name=f"*/{instandt.READER}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    role.add_to_policy(iam.PolicyStatement(actions=["rds-db:connect"], resources=[reader]))
    accept(
        role,
        {
            f"IAM5[Resource::{reader}]": "A restored database has another id, and the network leads to this "
            "environment's only."
        },
    )
