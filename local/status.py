"""Shows what of the local environment there is."""

from local import ports, site, stacks
from local.environment import ADDRESS, Environment
from local.parts import parts


def status(env: Environment) -> bool:
    """Print servers, stacks and site; return whether the site answers."""
    acme, emulator = parts(env)
    for part in (acme, emulator):
        for server, listens in part.servers.items():
            runs = part.daemon.running and all(map(ports.accepts, listens))
            where = ", ".join(map(str, listens))
            print(f"{server:<14} {'runs' if runs else '-':<6} {ADDRESS}:{where}")
    if not (emulator.daemon.running and ports.accepts(env.ports.emulator)):
        return False
    print()
    for stack in stacks.deployed(env):
        name = stack.name.removeprefix(f"{env.settings.names.prefix}-")
        region = stack.stack_id.split(":")[3]
        print(f"{name:<14} {stack.stack_status} in {region}")
    print()
    try:
        seen = site.visit(env)
    except site.SiteError as error:
        print(error)
        return False
    versions = ", ".join(f"{name} {version}" for name, version in seen.versions.items())
    print(f"{env.site_url}: {versions}")
    return True
