"""Lambda functions run on the emulator's own Python, whatever runtime their asset was bundled for."""

import io
import json
import os
import posixpath
import zipfile
from functools import lru_cache
from importlib import metadata

from local.emulator import hooks
from local.emulator.addresses import SHIM
from local.emulator.database import Databases
from local.emulator.options import Options
from local.emulator.roles import AccessDeniedError, Session

_REGISTRY = "registry.gitlab.com:443"

NETWORK_INTERFACES = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)
"""EC2's actions of AWSLambdaVPCAccessExecutionRole (AWS Managed Policy Reference)."""


def install(options: Options, databases: Databases) -> None:
    """Adapt how functions are created and started."""
    # Functions inherit these variables, which lead them to the servers of this machine.
    os.environ.update(
        PYTHONPATH=os.pathsep.join(filter(None, [str(SHIM), os.environ.get("PYTHONPATH")])),
        LOCAL_DNS_PORT=str(options.dns_port),
    )

    known: dict[str, str] = {}

    # ministack starts the asset as it is. A library in it that was built for another Python or processor
    # (cryptography, cffi) cannot be imported.
    @hooks.around(hooks.core("lambda_runtime"), "acquire_worker")
    def worker(
        original: hooks.Original, name: str, config: object, code: bytes, **named: object
    ) -> object:
        addresses = json.dumps({_REGISTRY: options.registry_port} | databases.local_ports())
        if known.get(name, addresses) != addresses:
            # A worker that waits for its next event has the former ones.
            hooks.core("lambda_runtime").invalidate_worker(name)
        known[name] = os.environ["LOCAL_ADDRESSES"] = addresses
        return original(name, config, without_shared_distributions(code), **named)

    # Lambda makes a function's network interfaces as the function ("Giving Lambda functions access to
    # resources in an Amazon VPC", Developer Guide). ministack makes none.
    @hooks.around(hooks.service("cloudformation.provisioners"), "_lambda_create")
    def create(original: hooks.Original, *arguments: hooks.Untyped) -> hooks.Provisioned:
        properties = arguments[1]
        if properties.get("VpcConfig", {}).get("SubnetIds"):
            role = Session(properties["Role"], "awslambda")
            for action in NETWORK_INTERFACES:
                role.require(f"ec2:{action}")
        provisioned: hooks.Provisioned = original(*arguments)
        return provisioned

    # Lambda writes a function's log with the role of the function, and drops it when the role may not
    # ("Sending Lambda function logs to CloudWatch Logs", Developer Guide). ministack asks nobody.
    @hooks.around(hooks.service("lambda_svc"), "_emit_lambda_logs")
    def write_log(
        original: hooks.Original, function: hooks.Untyped, *entry: object, **named: object
    ) -> None:
        configuration = function["config"]
        name, logging = configuration["FunctionName"], configuration.get("LoggingConfig") or {}
        group = logging.get("LogGroup") or f"/aws/lambda/{name}"
        prefix, _, _name = configuration["FunctionArn"].partition(":function:")
        stream = f"{prefix.replace(':lambda:', ':logs:')}:log-group:{group}:log-stream:"
        role = Session(configuration["Role"], name)
        try:
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                role.require(action, stream)
        except AccessDeniedError:
            return
        original(function, *entry, **named)


def stop_all() -> None:
    """Stop all functions and delete their code."""
    hooks.core("lambda_runtime").reset()


@lru_cache(maxsize=16)
def without_shared_distributions(archive: bytes) -> bytes:
    """The deployment package without the libraries that are installed here as well.

    An installer lists the files of a library in `*.dist-info/RECORD` (PyPA, "Recording installed projects").
    The function's own modules are in no such list and stay.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        dropped: set[str] = set()
        for directory in zipfile.Path(source).iterdir():
            if directory.name.endswith(".dist-info"):
                distribution = metadata.PathDistribution(directory)
                name = directory.name.removesuffix(".dist-info").rpartition("-")[0]
                if any(metadata.distributions(name=name)):
                    dropped.update(posixpath.normpath(file) for file in distribution.files or ())
        if not dropped:
            return archive
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w") as target:
            for entry in source.infolist():
                if entry.filename not in dropped:
                    target.writestr(entry, source.read(entry))
    return kept.getvalue()
