"""Adapts ministack, serves it, and stops what it started."""

import asyncio

from local.emulator import (
    balancer_metrics,
    containers,
    database,
    database_changes,
    database_restores,
    deployment_watch,
    health,
    hooks,
    hosts,
    lambdas,
    mends,
    refusals,
    roles,
    rollouts,
    rotation,
    seeds,
    servers,
    services,
    state_machines,
    tasks,
)
from local.emulator.options import Options
from local.emulator.processes import Processes


def serve(options: Options) -> None:
    """Adapt ministack and serve until SIGTERM or SIGINT."""
    hooks.require_version()
    processes = Processes()
    databases = database.Databases(options, processes)
    runtime = containers.Runtime(options, processes, databases)
    metrics = balancer_metrics.BalancerMetrics()
    targets = health.Health(metrics)
    mends.install()
    refusals.install(options)
    roles.install(options.directory)
    targets.install()
    services.install(runtime, targets)
    tasks.install()
    deployment_watch.DeploymentWatch(metrics, targets).install()
    rollouts.install()
    hosts.install()
    databases.install()
    database_changes.Changes(databases).install()
    database_restores.Restores(databases).install()
    state_machines.install()
    lambdas.install(options, databases)
    rotation.install(options)
    seeds.install(options)

    try:
        asyncio.run(servers.run(options))
    finally:
        services.retire()
        lambdas.stop_all()
        databases.stop_all()
        processes.stop_all()
