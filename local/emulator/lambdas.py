"""Lambda functions run on the emulator's own interpreter, whatever runtime their asset was bundled for."""

import csv
import io
import json
import os
import posixpath
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata

from local.emulator import hooks
from local.emulator.addresses import SHIM
from local.emulator.options import Options

_REGISTRY = "registry.gitlab.com:443"


def install(options: Options) -> None:
    """Adapt how functions are created and started."""
    os.environ.update(_network(options))

    # ministack starts the asset as it is, and a library built for another Python or processor
    # (cryptography, cffi) cannot be imported then.
    @hooks.around(hooks.core("lambda_runtime"), "acquire_worker")
    def worker(
        original: hooks.Original, name: str, config: object, code: bytes, **named: object
    ) -> object:
        return original(name, config, without_shared_distributions(code), **named)


def _network(options: Options) -> dict[str, str]:
    """Environment variables, which functions inherit, that lead them to the servers of this machine."""
    python_path = (str(SHIM), os.environ.get("PYTHONPATH"))
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
        "LOCAL_ADDRESSES": json.dumps({_REGISTRY: options.registry_port}),
        "LOCAL_DNS_PORT": str(options.dns_port),
    }


def stop_all() -> None:
    """End the functions' workers and delete their code."""
    hooks.core("lambda_runtime").reset()


@lru_cache(maxsize=16)
def without_shared_distributions(archive: bytes) -> bytes:
    """The deployment package without those distributions that this interpreter has installed itself.

    What an installer put there is listed in `*.dist-info/RECORD` (PyPA, "Recording installed projects");
    the function's own modules are in no such list and stay.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        dropped = set(_recorded_files(source))
        if not dropped:
            return archive
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w") as target:
            for entry in source.infolist():
                if entry.filename not in dropped:
                    target.writestr(entry, source.read(entry))
    return kept.getvalue()


def _recorded_files(archive: zipfile.ZipFile) -> Iterator[str]:
    for name in archive.namelist():
        directory, file = posixpath.split(name)
        if file != "RECORD" or not directory.endswith(".dist-info"):
            continue
        distribution = posixpath.basename(directory).removesuffix(".dist-info").rsplit("-", 1)[0]
        if _installed(distribution):
            root = posixpath.dirname(directory)
            for row in csv.reader(io.TextIOWrapper(archive.open(name), encoding="utf-8")):
                yield posixpath.normpath(posixpath.join(root, row[0]))


def _installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
