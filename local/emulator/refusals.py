"""What CloudFormation refuses because a test wants to see what follows: quotas, taken names, outages.

The file refusals.json in the emulator's directory holds AWS's words by type of resource, and may change at
any time.
"""

import json

from local.emulator import hooks
from local.emulator.options import Options

FILE = "refusals.json"


def install(options: Options) -> None:
    """Refuse to create resources of the types in the file."""
    file = options.directory / FILE

    @hooks.around(hooks.service("cloudformation.provisioners"), "_provision_resource")
    def provision(
        original: hooks.Original, resource_type: str, *arguments: object
    ) -> hooks.Untyped:
        refused = json.loads(file.read_text()) if file.exists() else {}
        if resource_type in refused:
            raise ValueError(refused[resource_type])
        return original(resource_type, *arguments)
