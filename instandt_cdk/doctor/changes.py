"""What a deployment would do to what runs."""

from collections.abc import Iterator

from instandt_cdk.changes import Verdict
from instandt_cdk.changes.comparison import compare
from instandt_cdk.changes.deployed import Clients
from instandt_cdk.doctor.finding import Finding, failed, good, warning
from instandt_cdk.settings import Settings


def hurt_nothing(clients: Clients, settings: Settings) -> Iterator[Finding]:
    """The settings neither lose data nor cut off what is deployed."""
    findings = compare(settings, clients)
    for finding in findings:
        match finding.harm.verdict:
            case Verdict.REFUSED:
                yield failed(finding.text, finding.harm.way)
            case Verdict.ASKED:
                way = f"{finding.harm.way}; `make deploy` goes on when you have typed its name"
                yield warning(finding.text, way)
            case _:
                yield warning(finding.text, finding.harm.way)
    if not findings:
        yield good("nothing that is deployed would be lost or cut off")
