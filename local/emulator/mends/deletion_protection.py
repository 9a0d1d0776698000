"""What is protected from deletion is not deleted, neither with its stack nor in a rollback.

ministack's CloudFormation deletes it. AWS refuses: DeleteDBInstance (InvalidParameterCombination) and
DeleteLoadBalancer (OperationNotPermitted) in their API references.

Mended when test_what_is_protected_is_not_deleted passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Refuse the deletions."""
    provisioners = hooks.service("cloudformation.provisioners")

    @hooks.around(provisioners, "_rds_db_instance_delete")
    def delete_instance(original: hooks.Original, name: str, properties: object) -> None:
        instance = hooks.service("rds")._instances.get(name, {})
        if instance.get("DeletionProtection"):
            raise ValueError(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
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
