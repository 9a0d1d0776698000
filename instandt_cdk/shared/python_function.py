"""Lambda functions in Python, from the packages below `lambdas/`."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from instandt_cdk.compliance import accept, skip
from instandt_cdk.operations import Logs

SOURCES = Path(__file__).parents[2] / "lambdas"
SHARED_MODULE = "custom_resource.py"
"""What every function is given beside its package."""
RUNTIME = lambda_.Runtime.PYTHON_3_14
PYTHON_VERSION = "3.14"
WHEEL_PLATFORM = "aarch64-manylinux_2_28"
"""Amazon Linux 2023, on which the runtime is built, has glibc 2.34 ("Lambda runtimes", AWS Lambda
Developer Guide)."""

NO_RESERVE = "Requests are rare, and a new account's limit of ten leaves nothing to reserve."


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the network a function is that reaches something there."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup


class PythonFunction(lambda_.Function):
    """A function with its own role, its own log group, and no permission that was not granted."""

    own_role: iam.Role
    """The role, which a function of the CDK may lack."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        handler: str,
        description: str,
        timeout: cdk.Duration,
        talks_to: str | Place,
        failures: str,
        logs: Logs,
        memory_mib: int = 256,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Make the function.

        Args:
            scope: Its parent.
            construct_id: Its id.
            package: The folder below `lambdas/`; a `requirements.txt` in it is installed beside it.
            handler: The module and function in the package, such as "handler.handle".
            description: What it is for.
            timeout: When AWS stops it.
            talks_to: Its place in the network, or all servers that it talks to, which is why it needs none.
            failures: How somebody hears of a failed request, which is why it needs no queue for them.
            logs: How its log is kept.
            memory_mib: Its memory in MiB.
            settings: Its environment variables; none is secret.
        """
        place = talks_to if isinstance(talks_to, Place) else None
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=description,
        )
        super().__init__(
            scope,
            construct_id,
            vpc=place.vpc if place else None,
            vpc_subnets=place.subnets if place else None,
            security_groups=[place.security_group] if place else None,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=_code(package),
            handler=f"{package}.{handler}",
            description=description,
            timeout=timeout,
            memory_size=memory_mib,
            environment=settings,
            role=role,
            log_group=logs.group(scope, f"{construct_id}Log"),
        )
        self.own_role = role
        self.log_group.grant_write(self)
        # Lambda would repeat a failed run after a minute, when CloudFormation has its answer: a migration
        # would start during the rollback, and a certificate be requested against the authority's Retry-After.
        # Throttling and Lambda's own errors are retried all the same ("How Lambda handles errors and retries
        # with asynchronous invocation", AWS Lambda Developer Guide).
        self.configure_async_invoke(retry_attempts=0)
        accept(self, {"LambdaConcurrency": NO_RESERVE, "LambdaDLQ": failures})
        skipped = {"CKV_AWS_115": NO_RESERVE, "CKV_AWS_116": failures}
        if place is None:
            outside = f"It talks to {talks_to} only, and so cannot reach anything in the network."
            accept(self, {"LambdaInsideVPC": outside})
            skipped["CKV_AWS_117"] = outside
        if settings:
            skipped["CKV_AWS_173"] = "Its environment variables hold names, and nothing secret."
        skip(self.node.default_child, skipped)


def _code(package: str) -> lambda_.Code:
    requirements = SOURCES / package / "requirements.txt"
    exclude = ["*", f"!{package}", f"!{package}/**", f"!{SHARED_MODULE}", "**/__pycache__"]
    if not requirements.exists():
        return lambda_.Code.from_asset(
            str(SOURCES), exclude=exclude, ignore_mode=cdk.IgnoreMode.GIT
        )
    return lambda_.Code.from_asset(
        str(SOURCES),
        exclude=exclude,
        ignore_mode=cdk.IgnoreMode.GIT,
        # The hash comes from the sources and the command: wheels unpack differently from one machine to
        # the next, and equal sources must give an equal template.
        asset_hash_type=cdk.AssetHashType.SOURCE,
        bundling=cdk.BundlingOptions(
            image=RUNTIME.bundling_image,
            command=[package, PYTHON_VERSION, WHEEL_PLATFORM],
            local=_Bundling(package),
        ),
    )


@jsii.implements(cdk.ILocalBundling)
class _Bundling:
    """Puts a package and the wheels it needs together, without docker."""

    def __init__(self, package: str) -> None:
        self._package = package

    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: Any) -> bool:  # noqa: ANN401, ARG002
        """Fill the asset's folder; the signature is jsii's."""
        target = Path(output_dir)
        ignore = shutil.ignore_patterns("__pycache__", "requirements.*")
        shutil.copytree(SOURCES / self._package, target / self._package, ignore=ignore)
        shutil.copy(SOURCES / SHARED_MODULE, target)
        install_wheels(SOURCES / self._package / "requirements.txt", target)
        return True


def install_wheels(requirements: Path, target: Path) -> None:
    """Install locked requirements for the function's platform, from the cache where it holds them all.

    Raises:
        subprocess.CalledProcessError: Neither the cache nor the package index has them all.
    """
    command = [
        # The uv of this environment, which need not be activated.
        *(sys.executable, "-m", "uv", "pip", "install"),
        *("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--python-version", PYTHON_VERSION, "--python-platform", WHEEL_PLATFORM),
        *("--target", str(target), "--requirements", str(requirements)),
    ]
    # Asking the index although all is cached would make synthesis need the network.
    if _run([*command, "--offline"], capture_output=True) != 0:
        _run(command, check=True)


def _run(command: Sequence[str], **options: bool) -> int:
    return subprocess.run(command, **options).returncode  # type: ignore[call-overload, no-any-return]
