"""What AWS's own services do with what the templates make."""

from tests.permissions.account import Account, Thing
from tests.permissions.calls.table import (
    Calls,
    each,
    log_group,
    on_behalf_of,
    page,
    role,
    service,
    stream,
)
from tests.permissions.decisions import Caller
from tests.permissions.policies import grants

BALANCERS_LOGS = {"eu-central-1": "054676820928"}
"""The account from which load balancers deliver logs, by region."""

ADMINISTRATOR = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PULL_THROUGH_CACHE = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "arn:*:secretsmanager:*:*:secret:ecr-pullthroughcache/*",
        }
    ]
}
"""What AWSECRPullThroughCache_ServiceRolePolicy allows."""


@page("Encrypt log data in CloudWatch Logs using AWS KMS", "Amazon CloudWatch Logs User Guide")
def logs_are_encrypted(account: Account) -> Calls:
    for group in account.all("AWS::Logs::LogGroup"):
        if key := group.properties.get("KmsKeyId"):
            yield from each(
                service(f"logs.{group.stack.region}"),
                (
                    "kms:Decrypt",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ),
                key,
                {"kms:EncryptionContext:aws:logs:arn": group.arn.removesuffix(":*")},
            )


@page(
    "Amazon SNS topics and AWS KMS: event sources; CloudWatch alarms", "Amazon SNS Developer Guide"
)
def alarms_reach_the_operator(account: Account) -> Calls:
    for alarm in account.all("AWS::CloudWatch::Alarm"):
        for name in ("AlarmActions", "OKActions"):
            for arn in alarm.properties.get(name, []):
                topic = account.at(arn)
                assert topic, f"{alarm.id} has an action that is no topic of ours"
                yield service("cloudwatch").does("sns:Publish", topic.arn, on_behalf_of(alarm))
                yield from each(
                    service("cloudwatch"),
                    ("kms:Decrypt", "kms:GenerateDataKey"),
                    topic["KmsMasterKeyId"],
                    on_behalf_of(alarm),
                )


@page("Enabling Amazon S3 server access logging", "Amazon S3 User Guide")
def access_to_buckets_is_logged(account: Account) -> Calls:
    for bucket in account.all("AWS::S3::Bucket"):
        if logging := bucket.properties.get("LoggingConfiguration"):
            target = account.named("AWS::S3::Bucket", logging["DestinationBucketName"])
            log = f"{target.arn}/{logging['LogFilePrefix']}2026-11-21-00-00-00-0123"
            yield service("logging.s3").does("s3:PutObject", log, on_behalf_of(bucket))


@page("Enable access logs for your Application Load Balancer", "Elastic Load Balancing User Guide")
def requests_to_the_balancer_are_logged(account: Account) -> Calls:
    for balancer in account.all("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        set_to = {entry["Key"]: entry["Value"] for entry in balancer["LoadBalancerAttributes"]}
        if set_to.get("access_logs.s3.enabled") == "true":
            bucket = account.named("AWS::S3::Bucket", set_to["access_logs.s3.bucket"])
            region = balancer.stack.region
            log = f"{bucket.arn}/AWSLogs/{balancer.stack.account}/elasticloadbalancing/{region}/log.gz"
            deliverer = Caller("Elastic Load Balancing", account=BALANCERS_LOGS[region])
            yield deliverer.does("s3:PutObject", log)


@page("Publish flow logs to CloudWatch Logs: IAM role", "Amazon VPC User Guide")
def traffic_is_logged(account: Account) -> Calls:
    for log in account.all("AWS::EC2::FlowLog"):
        arn = log["DeliverLogsPermissionArn"]
        group = log_group(log.stack, log["LogGroupName"])
        yield service("vpc-flow-logs").does("sts:AssumeRole", arn, on_behalf_of(log))
        yield role(arn).does("logs:DescribeLogStreams", group)
        yield from each(role(arn), ("logs:CreateLogStream", "logs:PutLogEvents"), stream(group))


@page("Setting up Enhanced Monitoring", "Amazon RDS User Guide")
def the_database_is_monitored(account: Account) -> Calls:
    for database in account.all("AWS::RDS::DBInstance"):
        arn = database["MonitoringRoleArn"]
        yield service("monitoring.rds").does("sts:AssumeRole", arn, on_behalf_of(database))
        metrics = stream(log_group(database.stack, "RDSOSMetrics"))
        yield from each(role(arn), ("logs:CreateLogStream", "logs:PutLogEvents"), metrics)


@page("AWS managed policies for AWS Backup", "AWS Backup Developer Guide")
def the_database_is_snapshotted(account: Account) -> Calls:
    for selection in account.all("AWS::Backup::BackupSelection"):
        arn = selection["BackupSelection"]["IamRoleArn"]
        (plan,) = (
            plan for plan in account.all("AWS::Backup::BackupPlan") if plan.stack is selection.stack
        )
        yield service("backup").does("sts:AssumeRole", arn, on_behalf_of(plan))
        snapshot = plan.stack.arn("rds:{region}:{account}:snapshot:awsbackup:job-1")
        for database in selection["BackupSelection"]["Resources"]:
            made = account.at(database)
            assert made, f"{selection.id} is about no database of ours"
            yield from each(
                role(arn), ("rds:CreateDBSnapshot", "rds:ListTagsForResource"), database
            )
            yield from _granting(arn, made["KmsKeyId"])
        yield from each(role(arn), ("rds:AddTagsToResource", "rds:DeleteDBSnapshot"), snapshot)
        for rule in plan["BackupPlan"]["BackupPlanRule"]:
            copies = (copy["DestinationBackupVaultArn"] for copy in rule.get("CopyActions", ()))
            for vault in map(account.at, copies):
                assert vault, f"{plan.id} copies to no vault of ours"
                yield role(arn).does("backup:CopyIntoBackupVault", vault.arn)
                yield from _granting(arn, vault["EncryptionKeyArn"])


def _granting(arn: str, key: str) -> Calls:
    """Let a service of AWS use a key on a role's behalf."""
    yield role(arn).does("kms:CreateGrant", key, {"kms:GrantIsForAWSResource": "true"})
    yield role(arn).does("kms:DescribeKey", key)


@page(
    "Setting up permissions for live replication; replicating encrypted objects",
    "Amazon S3 User Guide",
)
def media_are_copied(account: Account) -> Calls:
    for bucket in account.all("AWS::S3::Bucket"):
        if not (replication := bucket.properties.get("ReplicationConfiguration")):
            continue
        yield service("s3").does("sts:AssumeRole", replication["Role"], on_behalf_of(bucket))
        caller = role(replication["Role"])
        medium = "some/medium.dcm"
        yield from each(caller, ("s3:GetReplicationConfiguration", "s3:ListBucket"), bucket.arn)
        yield from each(
            caller,
            (
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ),
            f"{bucket.arn}/{medium}",
        )
        yield from _with_key(caller, bucket, _key(bucket), "kms:Decrypt")
        for rule in replication["Rules"]:
            copy = account.at(rule["Destination"]["Bucket"])
            assert copy
            yield from each(
                caller,
                ("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
                f"{copy.arn}/{medium}",
            )
            key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
            assert key == _key(copy)
            yield from _with_key(caller, copy, key, "kms:Encrypt", "kms:GenerateDataKey")


def _key(bucket: Thing) -> str:
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    return str(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])


def _with_key(caller: Caller, bucket: Thing, key: str, *actions: str) -> Calls:
    for told in (bucket.arn, f"{bucket.arn}/some/medium.dcm"):
        context = {
            "kms:ViaService": f"s3.{bucket.stack.region}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": told,
        }
        yield from each(caller, actions, key, context)


@page("Amazon ECR service-linked role for pull through cache", "Amazon ECR User Guide")
def ecr_reads_the_registrys_credentials(account: Account) -> Calls:
    for rule in account.all("AWS::ECR::PullThroughCacheRule"):
        name = "AWSServiceRoleForECRPullThroughCache"
        owner = rule.stack.account
        caller = Caller(
            name,
            f"arn:aws:sts::{owner}:assumed-role/{name}/session",
            owner,
            allowed_by_aws=tuple(grants(name, PULL_THROUGH_CACHE, ours=False)),
        )
        secret = account.at(rule["CredentialArn"])
        assert secret
        assert "KmsKeyId" not in secret.properties
        yield caller.does("secretsmanager:GetSecretValue", secret.arn)


@page("Default key policy: allows access to the AWS account", "AWS KMS Developer Guide")
def keys_stay_in_the_operators_hands(account: Account) -> Calls:
    for key in account.all("AWS::KMS::Key"):
        owner = key.stack.account
        caller = Caller(
            "CloudFormation's execution role",
            f"arn:aws:sts::{owner}:assumed-role/cdk-hnb659fds-cfn-exec-role/session",
            owner,
            allowed_by_aws=tuple(grants("AdministratorAccess", ADMINISTRATOR, ours=False)),
        )
        # To change its policy, and for RDS and EFS, which encrypt with a grant that their creator gives them.
        yield from each(caller, ("kms:CreateGrant", "kms:DescribeKey", "kms:PutKeyPolicy"), key.arn)


ROWS = (
    logs_are_encrypted,
    alarms_reach_the_operator,
    access_to_buckets_is_logged,
    requests_to_the_balancer_are_logged,
    traffic_is_logged,
    the_database_is_monitored,
    the_database_is_snapshotted,
    media_are_copied,
    ecr_reads_the_registrys_credentials,
    keys_stay_in_the_operators_hands,
)
