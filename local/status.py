"""Shows what of the local environment there is."""

import http.client

from local import site, stacks
from local.environment import Environment
from local.parts import Parts


def status(env: Environment) -> bool:
    """Print parts, stacks and site; return whether the site answers."""
    parts = Parts(env)
    for part in parts.all:
        state = "runs" if part.daemon.running else "-"
        print(f"{part.title:<14} {state:<6} 127.0.0.1:{', '.join(map(str, part.ports))}")
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
