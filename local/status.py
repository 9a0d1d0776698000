"""Shows what of the local environment there is."""

import http.client

from local import ports, site, stacks
from local.environment import ADDRESS, Environment
from local.parts import Parts


def status(env: Environment) -> bool:
    """Print servers, stacks and site; return whether the site answers."""
    parts = Parts(env)
    for part in parts.all:
        for server, listens in part.servers.items():
            runs = part.daemon.running and all(map(ports.accepts, listens))
            where = ", ".join(map(str, listens))
            print(f"{server:<14} {'runs' if runs else '-':<6} {ADDRESS}:{where}")
    if not (parts.emulator.running and parts.emulator_answers()):
        return False
    print()
    for stack in stacks.deployed(env):
        print(f"{stack.name.removeprefix(env.stack_prefix):<14} {stack.status} in {stack.region}")
    print()
    try:
        seen = site.visit(env)
    except (OSError, http.client.HTTPException, ValueError) as error:
        print(f"{site.address(env)} does not answer: {error}")
        return False
    versions = ", ".join(f"{name} {version}" for name, version in seen.versions.items())
    print(f"{seen.address}: {versions}")
    return True
