"""What is protected from deletion or in use is not deleted, neither with its stack nor in a rollback.

ministack's CloudFormation deletes it. AWS refuses: DeleteDBInstance (InvalidParameterCombination),
DeleteDBSubnetGroup (InvalidDBSubnetGroupStateFault) and DeleteLoadBalancer (OperationNotPermitted) in their
API references.

Mended when test_what_is_protected_is_not_deleted and tests/commands/test_destroy.py pass without this file.
"""

from local.emulator import hooks

_PROTECTED = (
    "Cannot delete protected DB Instance, please disable deletion protection and try again."
)


def install() -> None:
    """Refuse the deletions."""
    provisioners, rds = hooks.service("cloudformation.provisioners"), hooks.service("rds")

    @hooks.around(rds, "_delete_db_instance")
    def delete_itself(original: hooks.Original, given: hooks.Untyped) -> hooks.Untyped:
        if _is_protected(rds, rds._p(given, "DBInstanceIdentifier")):
            return rds._error("InvalidParameterCombination", _PROTECTED, 400)
        return original(given)

    @hooks.around(provisioners, "_rds_db_instance_delete")
    def delete_instance(original: hooks.Original, name: str, properties: object) -> None:
        if _is_protected(rds, name):
            raise ValueError(_PROTECTED)
        original(name, properties)

    @hooks.around(provisioners, "_rds_subnet_group_delete")
    def delete_subnets(original: hooks.Original, name: str, properties: object) -> None:
        for instance in rds._instances.values():
            if instance["DBSubnetGroup"]["DBSubnetGroupName"] == name:
                raise ValueError(
                    "Cannot delete the subnet group because at least one database instance: "
                    f"{instance['DBInstanceIdentifier']} is still using this subnet group."
                )
        original(name, properties)

    @hooks.around(provisioners, "_elbv2_load_balancer_delete")
    def delete_balancer(original: hooks.Original, arn: str, properties: object) -> None:
        attributes = hooks.service("alb")._lb_attrs.get(arn, [])
        if {"Key": "deletion_protection.enabled", "Value": "true"} in attributes:
            raise ValueError(
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            )
        original(arn, properties)


def _is_protected(rds: hooks.Untyped, name: str) -> bool:
    return bool(rds._instances.get(name, {}).get("DeletionProtection"))
