"""ministack's CloudFormation refuses capacity providers and their association; its ECS knows them.

Mended when `resource_types.add` says so. Reference: AWS::ECS::CapacityProvider and
AWS::ECS::ClusterCapacityProviderAssociations, CloudFormation Template Reference.
"""

from __future__ import annotations

from typing import Any

from local.emulator import hooks, resource_types
from local.emulator.resource_types import Properties, Provisioned, body


def install() -> None:
    """Add the types."""
    resource_types.add(
        "AWS::ECS::CapacityProvider",
        create=_create_provider,
        update=_update_provider,
        delete=_delete_provider,
    )
    resource_types.add(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        create=lambda _logical_id, properties, _stack: _associate(
            properties["Cluster"], properties
        ),
        update=_associate,
        delete=_dissociate,
    )


def _request(properties: Properties) -> dict[str, Any]:
    """The properties as the ECS API spells them."""
    provisioners = hooks.service("cloudformation.provisioners")
    request: dict[str, Any] = provisioners._pascal_to_camel(properties)
    return request


def _create_provider(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    provisioners = hooks.service("cloudformation.provisioners")
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=255)
    request = {**_request(properties), "name": name}
    body(hooks.service("ecs")._create_capacity_provider(request))
    return name, {}


def _update_provider(physical_id: str, properties: Properties) -> Provisioned:
    request = {**_request(properties), "name": physical_id}
    body(hooks.service("ecs")._update_capacity_provider(request))
    return physical_id, {}


def _delete_provider(physical_id: str, _properties: Properties) -> None:
    body(hooks.service("ecs")._delete_capacity_provider({"capacityProvider": physical_id}))


def _associate(physical_id: str, properties: Properties) -> Provisioned:
    body(hooks.service("ecs")._put_cluster_capacity_providers(_request(properties)))
    return physical_id, {}


def _dissociate(physical_id: str, properties: Properties) -> None:
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
