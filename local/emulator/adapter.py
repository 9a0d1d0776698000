"""Everything that is adapted, in the order in which it is installed."""

from local.emulator import (
    addresses,
    containers,
    database,
    health,
    hooks,
    lambdas,
    mends,
    rollouts,
    seeds,
    servers,
    services,
    state_machines,
)
from local.emulator.options import Options
from local.emulator.processes import Processes


def serve(options: Options) -> None:
    """Adapt ministack, serve until a signal ends it, stop what it started."""
    hooks.require_version()
    processes = Processes()
    databases = database.Databases(options, processes)
    reachable = addresses.Addresses(front_door_port=options.front_door_port, databases=databases)
    runtime = containers.Runtime(options, processes, reachable)
    targets = health.Health()
    mends.install()
    targets.install()
    services.install(runtime, targets)
    rollouts.install()
    databases.install()
    state_machines.install()
    lambdas.install(options)
    seeds.install(options)

    try:
        servers.run(options)
    finally:
        services.retire()
        lambdas.stop_all()
        databases.stop_all()
        processes.stop_all()
