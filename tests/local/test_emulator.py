"""The embedded AWS carries the stacks that the app is made of, as CloudFormation would."""

import json
import ssl

import pg8000.native  # type: ignore[import-untyped]
import pytest

from tests.support.emulated import NETWORK, Cloud, allow
from tests.support.servers import wait_until


def test_types_that_ministack_refuses_are_created_and_deleted(cloud: Cloud) -> None:
    group = {"GroupId": {"Ref": "Group"}, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    resources = NETWORK | {
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {
                "SubnetId": {"Ref": "Subnet"},
                "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
            },
        },
        "FlowLog": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "ResourceId": {"Ref": "Vpc"},
                "ResourceType": "VPC",
                "TrafficType": "ALL",
                "LogGroupName": "flows",
            },
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "Database", "VpcId": {"Ref": "Vpc"}},
        },
        "Ingress": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": group | {"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
        },
        "Token": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": "ecr-pullthroughcache/vendor", "SecretString": "{}"},
        },
        "Cache": {
            "Type": "AWS::ECR::PullThroughCacheRule",
            "Properties": {"EcrRepositoryPrefix": "vendor", "CredentialArn": {"Ref": "Token"}},
        },
    }
    stack = cloud.apply("types", {"Resources": resources})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("types")
    ec2 = cloud.client("ec2")
    (gateway,) = ec2.describe_nat_gateways()["NatGateways"]
    assert gateway["State"] == "available"
    groups = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [gateway["VpcId"]]}]
    )
    rules = [rule for group in groups["SecurityGroups"] for rule in group["IpPermissions"]]
    assert [(rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) for rule in rules] == [
        (5432, "10.0.0.0/16")
    ]
    cloud.delete("types")
    assert not ec2.describe_flow_logs()["FlowLogs"]
    assert not ec2.describe_addresses()["Addresses"]


def test_a_stack_reads_the_output_of_a_stack_in_another_region(cloud: Cloud) -> None:
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": "from afar"},
    }
    value = {"Fn::GetAtt": ["Parameter", "Value"]}
    cloud.apply(
        "producer", {"Resources": {"Parameter": parameter}, "Outputs": {"Value": {"Value": value}}}
    )
    reference = {"StackName": "producer", "Region": "eu-central-1", "OutputName": "Value"}
    consumer = {
        "Resources": {"Parameter": parameter},
        "Outputs": {"Copy": {"Value": {"Fn::GetStackOutput": reference}}},
    }
    cloud.apply("consumer", consumer, region="us-east-1")
    assert cloud.outputs("consumer", region="us-east-1") == {"Copy": "from afar"}


def test_a_database_is_a_server_that_takes_tls_and_refuses_plain_connections(cloud: Cloud) -> None:
    rules = {
        "SecretStringTemplate": '{"username": "instandt"}',
        "GenerateStringKey": "password",
        "PasswordLength": 24,
        "ExcludePunctuation": True,
    }
    reference = ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString:password::}}"]
    resources = {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": rules},
        },
        "Parameters": {
            "Type": "AWS::RDS::DBParameterGroup",
            "Properties": {
                "Family": "postgres17",
                "Description": "TLS only",
                "Parameters": {"rds.force_ssl": "1"},
            },
        },
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Delete",
            "Properties": {
                "Engine": "postgres",
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": "20",
                "DBName": "instandt",
                "DBParameterGroupName": {"Ref": "Parameters"},
                "MasterUsername": "instandt",
                "MasterUserPassword": {"Fn::Join": ["", reference]},
            },
        },
    }
    outputs = {
        "Host": {"Value": {"Fn::GetAtt": ["Database", "Endpoint.Address"]}},
        "Port": {"Value": {"Fn::GetAtt": ["Database", "Endpoint.Port"]}},
        "Secret": {"Value": {"Ref": "Secret"}},
    }
    stack = cloud.apply("database", {"Resources": resources, "Outputs": outputs})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("database")
    found = cloud.outputs("database")
    assert found["Host"].endswith(".eu-central-1.rds.localhost")
    assert found["Port"] == "5432"
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=found["Secret"])
    password = json.loads(secret["SecretString"])["password"]
    assert password.isalnum()
    assert len(password) == 24

    def connect(*, tls: ssl.SSLContext | bool) -> pg8000.native.Connection:
        return pg8000.native.Connection(
            "instandt",
            host="127.0.0.1",
            port=cloud.database_port,
            database="instandt",
            password=password,
            ssl_context=tls,
        )

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    assert connect(tls=context).run("SELECT 1") == [[1]]
    with pytest.raises(pg8000.native.DatabaseError, match="no encryption"):
        connect(tls=False)
    cloud.delete("database")
    with pytest.raises(pg8000.native.InterfaceError):
        connect(tls=context)


def test_a_custom_resource_that_fails_rolls_the_stack_back_and_is_deleted(cloud: Cloud) -> None:
    code = """
import json, urllib.request
def handle(event, context):
    print("got", event["RequestType"], event.get("PhysicalResourceId"))
    failed = event["RequestType"] == "Create"
    answer = {"Status": "FAILED" if failed else "SUCCESS", "Reason": "no luck today",
              "PhysicalResourceId": "the-thing", "StackId": event["StackId"],
              "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"]}
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT"))
"""
    resources = {
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "thing"},
            "DeletionPolicy": "Retain",
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": code},
                "Handler": "index.handle",
                "Runtime": "python3.14",
                "Role": cloud.role("thing", allow("logs:*")),
                "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
            },
        },
        "Thing": {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
    }
    stack = cloud.apply("failing", {"Resources": resources})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "no luck today" in cloud.failures("failing")

    def messages() -> list[str]:
        events = cloud.client("logs").filter_log_events(logGroupName="thing")["events"]
        return [event["message"] for event in events]

    wait_until(lambda: "got Delete the-thing" in messages(), what="the failed resource is deleted")
    assert "got Create None" in messages()


def test_a_bucket_with_objects_is_not_deleted(cloud: Cloud) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    cloud.apply("bucket", {"Resources": {"Bucket": bucket}})
    s3 = cloud.client("s3")
    s3.put_object(Bucket="full", Key="object", Body=b"content")
    cloud.client("cloudformation").delete_stack(StackName="bucket")
    wait_until(
        lambda: "The bucket you tried to delete is not empty" in cloud.failures("bucket"),
        what="the deletion fails",
    )
    s3.delete_object(Bucket="full", Key="object")
    cloud.delete("bucket")
