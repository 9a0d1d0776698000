"""Write what of a resource can only be set when it is created: `python -m tests.changes.schemas`.

From CloudFormation's registry schemas, which come with cfn-lint, for the types that have a rule.
"""

import json
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from instandt_cdk.changes.difference import CREATE_ONLY
from instandt_cdk.changes.rules import KNOWN

REGION = "us-east-1"
"""Where every type exists; the schemas are the same elsewhere."""


def table() -> str:
    """The table as JSON: a line for each type and kind of property."""
    rows = (f"{json.dumps(kind)}: {json.dumps(_row(kind))}" for kind in sorted(KNOWN))
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _row(kind: str) -> dict[str, list[str]]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    given = {
        "always": set(schema.get("createOnlyProperties", [])),
        "sometimes": set(schema.get("conditionalCreateOnlyProperties", [])),
        # What nobody may choose is no name.
        "name": {*schema["primaryIdentifier"]} - {*schema.get("readOnlyProperties", [])},
    }
    return {
        column: sorted(path.removeprefix("/properties/") for path in paths)
        for column, paths in given.items()
        if paths
    }


if __name__ == "__main__":
    CREATE_ONLY.write_text(table(), encoding="utf-8")
