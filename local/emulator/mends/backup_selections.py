"""ministack makes backup plans in a stack, but not what they are for.

Mended when `resource_types.add` says so. Reference: AWS::Backup::BackupSelection, CloudFormation Template
Reference.
"""

import json

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the type."""
    resource_types.add("AWS::Backup::BackupSelection", create=_create, delete=_delete)


def _create(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    plan = properties["BackupPlanId"]
    body = {"BackupSelection": properties["BackupSelection"]}
    made = hooks.service("backup")._create_selection(plan, body)
    answer = json.loads(resource_types.body(made))
    return f"{answer['SelectionId']}_{plan}", {
        "SelectionId": answer["SelectionId"],
        "BackupPlanId": plan,
    }


def _delete(physical_id: str, _properties: hooks.Properties) -> None:
    selection, _, plan = physical_id.partition("_")
    hooks.service("backup")._delete_selection(plan, selection)
