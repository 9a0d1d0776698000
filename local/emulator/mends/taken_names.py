"""CloudFormation creates nothing under a name that is taken.

ministack puts a new log group, database instance or secret in the place of the one that is there. AWS
refuses: CreateLogGroup (ResourceAlreadyExistsException), CreateDBInstance (DBInstanceAlreadyExists) and
CreateSecret (ResourceExistsException) in their API references.

Mended when test_a_name_that_is_taken_is_refused passes without this file.
"""

from collections.abc import Container

from local.emulator import hooks


def install() -> None:
    """Refuse names that are taken."""
    logs, rds = hooks.service("cloudwatch_logs"), hooks.service("rds")
    secrets = hooks.service("secretsmanager")
    _refuse("_cwlogs_create", "LogGroupName", logs._log_groups)
    _refuse("_rds_db_instance_create", "DBInstanceIdentifier", rds._instances)
    _refuse("_sm_secret_create", "Name", secrets._secrets)


def _refuse(create: str, property_name: str, taken: Container[str]) -> None:
    @hooks.around(hooks.service("cloudformation.provisioners"), create)
    def refusing(
        original: hooks.Original, logical_id: str, properties: hooks.Properties, stack: str
    ) -> hooks.Provisioned:
        name = properties.get(property_name)
        if name is not None and name in taken:
            raise ValueError(f"Resource with {property_name} '{name}' already exists.")
        provisioned: hooks.Provisioned = original(logical_id, properties, stack)
        return provisioned
