"""Takes the local environment down: destroys its stacks, ends its processes, deletes its files."""

import shutil

from local import cdk, ports
from local.daemon import DaemonError
from local.environment import Environment
from local.parts import parts
from local.progress import Progress


def down(env: Environment) -> bool:
    """Destroy the stacks if the emulator runs, then stop and delete everything.

    Returns:
        Whether all stacks could be destroyed and all processes stopped; if not, it says which could not.
    """
    if not env.directory.exists():
        print("There is no local environment: nothing to take down.")
        return True
    problems = []
    acme, emulator = parts(env)
    if emulator.daemon.running and ports.accepts(env.ports.emulator):
        print("Destroying the stacks")
        try:
            cdk.destroy(env, on_line=Progress(prefix=env.settings.names.prefix).feed)
        except cdk.CdkError as error:
            problems.append(f"{error}:\n{error.last_lines}")
    print("Stopping")
    for part in (emulator, acme):
        if part.daemon.running:
            try:
                part.daemon.stop()
                print(f"  ✓ {part.title}")
            except DaemonError as error:
                problems.append(str(error))
    shutil.rmtree(env.directory)
    print(*problems or ["The local environment is gone."], sep="\n")
    return not problems
