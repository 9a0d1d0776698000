"""Where ECS places tasks: capacity providers and their association with a cluster."""

from __future__ import annotations

from typing import Any

from local.emulator import hooks
from local.emulator.resource_types.resource_type import (
    Properties,
    Provisioned,
    ResourceType,
    raise_for_error,
)


def _request(properties: Properties) -> dict[str, Any]:
    """The properties as the ECS API spells them."""
    request: dict[str, Any] = hooks.service("cloudformation.provisioners")._pascal_to_camel(
        properties
    )
    return request


def _create_provider(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    provisioners = hooks.service("cloudformation.provisioners")
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=255)
    raise_for_error(
        hooks.service("ecs")._create_capacity_provider({**_request(properties), "name": name})
    )
    return name, {}


def _update_provider(physical_id: str, properties: Properties) -> Provisioned:
    raise_for_error(
        hooks.service("ecs")._update_capacity_provider(
            {**_request(properties), "name": physical_id}
        )
    )
    return physical_id, {}


def _delete_provider(physical_id: str, _properties: Properties) -> None:
    raise_for_error(
        hooks.service("ecs")._delete_capacity_provider({"capacityProvider": physical_id})
    )


def _associate(_logical_id: str, properties: Properties, _stack: str) -> Provisioned:
    return _reassociate(properties["Cluster"], properties)


def _reassociate(physical_id: str, properties: Properties) -> Provisioned:
    raise_for_error(hooks.service("ecs")._put_cluster_capacity_providers(_request(properties)))
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
        raise_for_error(ecs._put_cluster_capacity_providers({"cluster": physical_id}))


TYPES = {
    "AWS::ECS::CapacityProvider": ResourceType(
        create=_create_provider, update=_update_provider, delete=_delete_provider
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": ResourceType(
        create=_associate, update=_reassociate, delete=_dissociate
    ),
}
