"""A VPC's CidrBlock can be had with Fn::GetAtt.

ministack answers no such attribute. AWS documents it: AWS::EC2::VPC, "Return values", CloudFormation
Template Reference.

Mended when test_types_that_ministack_refuses_are_created_and_deleted passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Add the attribute."""
    provisioners = hooks.service("cloudformation.provisioners")
    for name in ("_ec2_vpc_create", "_ec2_vpc_update"):

        @hooks.around(provisioners, name)
        def with_cidr_block(original: hooks.Original, *arguments: object) -> hooks.Provisioned:
            vpc_id, attributes = original(*arguments)
            cidr_block = hooks.service("ec2")._vpcs[vpc_id]["CidrBlock"]
            return vpc_id, attributes | {"CidrBlock": cidr_block}
