"""Ask the operator before a deployment that hurts, or refuse it."""

from collections.abc import Callable, Collection, Iterator

from instandt_cdk.changes import Finding, Verdict
from instandt_cdk.changes.comparison import compare
from instandt_cdk.changes.deployed import Clients
from instandt_cdk.settings import Settings


class RefusedError(Exception):
    """The deployment must not begin. The message says why, and what to do."""


def obtain(
    settings: Settings,
    clients: Clients,
    *,
    confirmed: Collection[str],
    ask: Callable[[str], str] | None,
) -> Iterator[str]:
    """Return what the operator should know, if the deployment may begin. AWS is only read.

    Args:
        settings: What would be deployed.
        clients: Returns a client for a region.
        confirmed: The names of what may be hurt, given in advance.
        ask: Shows a question and returns what is typed; None if nobody can be asked.

    Raises:
        RefusedError: The settings are refused, or what they hurt was not confirmed.
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
        OSError: The settings could not be synthesized.
    """
    findings = compare(settings, clients)
    if refused := [one for one in findings if one.harm.verdict is Verdict.REFUSED]:
        raise RefusedError("\n".join(map(_told, refused)))
    for finding in findings:
        if finding.harm.verdict is Verdict.ASKED:
            name = _name(finding, settings.environment, clients)
            if name not in confirmed:
                _confirm(finding, name, ask)
        else:
            yield _told(finding)


def _confirm(finding: Finding, name: str, ask: Callable[[str], str] | None) -> None:
    if ask is None:
        raise RefusedError(
            f'{_told(finding)}\n    If that is what you want, set CONFIRM="{name}"; commas separate '
            "several names."
        )
    try:
        typed = ask(f"{_told(finding)}\n    If that is what you want, type {name}: ")
    except (EOFError, KeyboardInterrupt):
        typed = ""
    if typed.strip() != name:
        raise RefusedError(f"\nThis is not {name}.")


def _name(finding: Finding, environment: str, clients: Clients) -> str:
    """What has to be typed: the resource's name in the account, or the environment's if there are several."""
    if len(finding.things) > 1:
        return environment
    ((place, logical_id),) = finding.things
    if not logical_id:
        return place.name
    answer = clients(place.region).describe_stack_resource(
        StackName=place.name, LogicalResourceId=logical_id
    )
    # Of an ARN, the end.
    return answer["StackResourceDetail"]["PhysicalResourceId"].rpartition(":")[2]


def _told(finding: Finding) -> str:
    return f"  {finding.text}.\n    → {finding.harm.way}"
