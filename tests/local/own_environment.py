"""An environment with a settings file, servers and ports of its own, beside whatever else runs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from instandt_cdk.settings import load
from local import cdk, parts, stacks
from local.environment import Environment, Ports
from tests.support.assemblies import application
from tests.support.servers import free_port
from tests.support.settings_files import of_project, write
from tests.support.synthesis import assemble


class OwnEnvironment:
    """The local environment with other ports, and everything protected and retained as in production."""

    def __init__(self, directory: Path, name: str, *changes: str) -> None:
        """Choose free ports, and write and synthesize the settings.

        Args:
            directory: Where everything of it is.
            name: Its name.
            changes: What differs in its settings, as `settings_files.write` takes it.
        """
        self.settings_directory = directory
        self._name = name
        self._ports = Ports(**{port: free_port() for port in Ports.__dataclass_fields__})
        self.change(*changes)

    def change(self, *changes: str) -> None:
        """Write and synthesize the settings anew, with these differences."""
        own = (
            f'acme.directory_url = "https://127.0.0.1:{self._ports.acme}/dir"',
            'operations.removal_policy = "retain"',
        )
        directory, name = self.settings_directory, self._name
        write(directory, *own, *changes, name=name, base=of_project("local"))
        self.env = Environment(
            settings=load(directory, name), directory=directory / "local", ports=self._ports
        )
        assemble(self.env.settings, self.env.assembly)

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variable in which the CDK CLI takes what is synthesized already."""
        return {"CDK_APP": application(self.env.assembly)}

    @property
    def options(self) -> Sequence[str]:
        """Options of the command that deploys, for an output folder of its own."""
        return (f"--output={self.env.directory / 'deployed'}",)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run its servers, bootstrapped, and make its AWS the only one that this process knows."""
        started = parts.parts(self.env)
        with patch.dict(os.environ):
            self.env.enter()
            try:
                for part in started:
                    part.start()
                cdk.bootstrap(self.env, regions=stacks.unbootstrapped_regions(self.env))
                yield
            finally:
                for part in reversed(started):
                    part.daemon.stop()
