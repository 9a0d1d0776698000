"""ministack's CloudFormation refuses capacity providers and their association; its ECS knows them.

Mended when `resource_types.add` says so. Reference: AWS::ECS::CapacityProvider and
AWS::ECS::ClusterCapacityProviderAssociations, CloudFormation Template Reference.
"""

from local.emulator import hooks, resource_types
from local.emulator.resource_types import body


def install() -> None:
    """Add the types."""
    resource_types.add("AWS::ECS::CapacityProvider", create=_create, delete=_delete)
    resource_types.add(
        "AWS::ECS::ClusterCapacityProviderAssociations", create=_associate, delete=_dissociate
    )


def _create(logical_id: str, properties: hooks.Properties, stack: str) -> hooks.Provisioned:
    """Create a provider, or replace the one of that name: without an update ministack calls this again."""
    ecs, provisioners = hooks.service("ecs"), hooks.service("cloudformation.provisioners")
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=255)
    ecs._capacity_providers.pop(name, None)
    request = provisioners._pascal_to_camel(properties) | {"name": name}
    body(ecs._create_capacity_provider(request))
    return name, {}


def _delete(physical_id: str, _properties: hooks.Properties) -> None:
    body(hooks.service("ecs")._delete_capacity_provider({"capacityProvider": physical_id}))


def _associate(_id: str, properties: hooks.Properties, _stack: str) -> hooks.Provisioned:
    request = hooks.service("cloudformation.provisioners")._pascal_to_camel(properties)
    body(hooks.service("ecs")._put_cluster_capacity_providers(request))
    return properties["Cluster"], {}


def _dissociate(physical_id: str, properties: hooks.Properties) -> None:
    """Take the providers from the cluster.

    Raises:
        ValueError: a service still uses one (PutClusterCapacityProviders, ResourceInUseException).
    """
    ecs = hooks.service("ecs")
    providers = set(properties.get("CapacityProviders", []))
    for key, service in ecs._services.items():
        strategy = service.get("capacityProviderStrategy") or []
        used = providers & {item.get("capacityProvider") for item in strategy}
        if key.startswith(f"{physical_id}/") and service["status"] == "ACTIVE" and used:
            raise ValueError("The specified capacity provider is in use and cannot be removed.")
    if physical_id in ecs._clusters:
        body(ecs._put_cluster_capacity_providers({"cluster": physical_id}))
