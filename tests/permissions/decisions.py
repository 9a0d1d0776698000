"""Whether a call is allowed, and which grants decide it.

The embedded AWS's own evaluator says whether a grant matches a call. How the policies work together is said
here ("Policy evaluation logic", IAM User Guide; "Key policies in AWS KMS", AWS KMS Developer Guide).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.emulator import hooks
from tests.permissions.policies import Grant, Policies

Context = Mapping[str, Any]

iam_evaluator = hooks.core("iam_evaluator")


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a role of the templates, a service of AWS, or somebody of another account."""

    name: str
    arn: str = ""
    account: str = ""
    service: str | None = None
    """The principal of a service of AWS, such as "logs.eu-central-1.amazonaws.com"."""
    allowed_by_aws: tuple[Grant, ...] = ()
    """What a role that the templates do not make may do."""

    def does(self, action: str, on: str = "*", context: Context | None = None) -> "Call":
        """Return a call."""
        return Call(self, action, on, dict(context or {}))


@dataclass(frozen=True)
class Call:
    """Something that somebody must be able to do."""

    caller: Caller
    action: str
    resource: str
    context: Context = field(default_factory=dict)
    source: str = ""
    """The page of AWS that says so."""

    def __str__(self) -> str:
        told = "".join(f", {key}={value}" for key, value in self.context.items())
        return f"{self.caller.name}: {self.action} on {self.resource}{told} ({self.source})"


@dataclass(frozen=True)
class Decision:
    """The grants that match a call, by what they can do."""

    call: Call
    denying: frozenset[Grant]
    of_identity: frozenset[Grant]
    naming: frozenset[Grant]
    """Of the resource's policy, which names the caller."""
    delegating: frozenset[Grant]
    """Of the resource's policy, which names the caller's account and so leaves it to identities' policies."""

    @property
    def matching(self) -> frozenset[Grant]:
        """The grants on which the decision may depend."""
        return self.of_identity | self.naming | self.delegating

    def allowed(self, kept: Callable[[Grant], bool] = lambda _: True) -> bool:
        """Whether the call is allowed, by those grants only that are kept."""

        def some(found: Iterable[Grant]) -> bool:
            return any(kept(grant) for grant in found)

        if self.denying:
            return False
        if some(self.naming):
            return True
        if self.call.action.startswith("sts:"):
            return False  # a trust policy must name who assumes the role
        if self.call.action.startswith("kms:"):
            return some(self.delegating) and some(self.of_identity)
        if not self.call.caller.arn:
            return some(self.delegating)  # an account of AWS's own; a service has to be named
        return some(self.of_identity)


def decide(call: Call, policies: Policies) -> Decision:
    """Ask every policy on the call's way."""
    caller = call.caller
    arn = caller.arn or f"arn:aws:iam::{caller.account}:root" * bool(caller.account)
    context = iam_evaluator.EvalContext(
        principal_arn=arn,
        principal_type="AssumedRole",
        principal_account=caller.account,
        action=call.action,
        resource_arn=call.resource,
        region="",
        secure_transport=True,
        service_context={key.lower(): value for key, value in call.context.items()},
    )
    identity = [*policies.of_identity.get(_role(caller), []), *caller.allowed_by_aws]
    guarding = policies.guarding(call.resource)

    def by_identity(grant: Grant) -> str:
        document = iam_evaluator.parse_policy_document(dict(grant.document))
        return str(iam_evaluator.evaluate(context, [document]).decision)

    def by_resource(grant: Grant, *, naming: bool = False) -> str:
        found = iam_evaluator.evaluate_resource_policy(
            dict(grant.document), context, caller.service, named_only=naming
        )
        return str(found.decision)

    denying = [grant for grant in identity if by_identity(grant) == "Deny"]
    denying += [grant for grant in guarding if by_resource(grant) == "Deny"]
    allowing = frozenset(grant for grant in guarding if by_resource(grant) == "Allow")
    naming = frozenset(
        grant for grant in allowing if caller.service or by_resource(grant, naming=True) == "Allow"
    )
    return Decision(
        call,
        denying=frozenset(denying),
        of_identity=frozenset(grant for grant in identity if by_identity(grant) == "Allow"),
        naming=naming,
        delegating=allowing - naming,
    )


def _role(caller: Caller) -> str:
    """The ARN of the role whose session the caller is."""
    head, _, session = caller.arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}"
