"""A container gets its secrets.

ministack's CloudFormation converts only some lists of a container definition to the API's spelling; `Secrets`
is among those it leaves, and the container starts without them. AWS documents them: AWS::ECS::TaskDefinition,
ContainerDefinition, CloudFormation Template Reference.

Mended when test_a_service_rolls_without_a_gap_and_rolls_back_what_does_not_start passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Convert all keys."""
    provisioners = hooks.service("cloudformation.provisioners")
    hooks.around(provisioners, "_normalize_container_defs")(
        lambda _original, definitions: provisioners._pascal_to_camel(definitions)
    )
