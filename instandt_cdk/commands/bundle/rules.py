"""What AWS, our functions and containers say when something is wrong, and what it means.

From the most special to the most general; what fails in consequence of something else comes after it.
"""

import re
from dataclasses import dataclass

from instandt_cdk.commands.bundle.evidence import Sign, Source

LONGEST = 400
"""The most characters that are quoted of what was said."""


@dataclass(frozen=True)
class Rule:
    """A signature and what it means. `{0}` and so on stand for the groups of the pattern."""

    pattern: str
    sentence: str
    sources: frozenset[Source] = frozenset(Source)

    def read(self, sign: Sign) -> str | None:
        """Return the sentence if the sign has the signature."""
        if sign.source not in self.sources:
            return None
        found = re.search(self.pattern, sign.words, re.IGNORECASE | re.DOTALL)
        if not found:
            return None
        said = (
            " ".join((group or "no details").split())[:LONGEST].rstrip(".")
            for group in found.groups()
        )
        return self.sentence.format(*said)


def _from(*sources: Source) -> frozenset[Source]:
    return frozenset(sources)


SAID = _from(Source.STACK, Source.MIGRATION, Source.TASK, Source.SERVICE, Source.DOCTOR)
TOLD = SAID | _from(Source.LOG)

RULES = (
    Rule(
        r"(.+)", "The credentials on this machine cannot be used: {0}.", _from(Source.CREDENTIALS)
    ),
    # lambdas/preflight says these, and ECS where an image is pulled later ("CannotPullContainer task
    # errors", Amazon ECS Developer Guide).
    Rule(
        r'registry (\S+) refuses the user "(.+?)"',
        "The registry {0} refuses the access token of {1}, which is wrong or has expired: create one with "
        "the scope read_registry in GitLab, and deploy with it as GITLAB_TOKEN.",
    ),
    Rule(
        r"CannotPull.*?(?:401|403|denied|unauthorized|authorization failed)",
        "The registry refuses the access token, which has probably expired: create one with the scope "
        "read_registry in GitLab, and deploy with it as GITLAB_TOKEN.",
        TOLD,
    ),
    Rule(
        r"does not have all images\. It answers (.+?)\. Set",
        "Images of this version do not exist ({0}): set app_version to a version that the vendor has "
        "published.",
    ),
    Rule(
        r"(?:CannotPull.*?|pull image.*?)(?:not found|manifest unknown)",
        "An image of this version does not exist in the registry: set app_version to a version that the "
        "vendor has published.",
        TOLD,
    ),
    # What PostgreSQL says ("PostgreSQL Error Codes", classes 08, 28, 3D and 53).
    Rule(
        r"no pg_hba\.conf entry.*(?:no encryption|SSL off)",
        "A container talks to the database without TLS, which it refuses: set database.require_tls = false.",
        TOLD,
    ),
    Rule(
        r'database "([^"]+)" does not exist',
        "A container expects the database {0}, which does not exist: set database.name.",
        TOLD,
    ),
    Rule(
        r"(?:password|PAM) authentication failed for user \"?([\w-]+)",
        "The database refuses the password of {0}: the secret and the database have different ones; deploy "
        "the stack Services again, so that tasks read the secret anew.",
        TOLD,
    ),
    Rule(
        r"(storage-full)",
        "The database's storage is full: raise database.maximum_storage_gib and deploy.",
        _from(Source.DATABASE),
    ),
    Rule(
        r"is (stopped|stopping)",
        "The database is {0}: start it with `aws rds start-db-instance`.",
        _from(Source.DATABASE),
    ),
    Rule(r"(.+)", "The database cannot be used: {0}.", _from(Source.DATABASE)),
    Rule(
        r"no space left on device",
        "A disk of the cluster's instances is full: raise cluster.volume_gib and deploy.",
        TOLD,
    ),
    Rule(
        r"Read-only file system",
        "A container writes where it must not: set its read_only_root = false.",
        TOLD,
    ),
    Rule(
        r"^(\w+):.*(?:OutOfMemory|exit code 137)",
        "The container {0} needs more memory than it has: raise {0}.memory_mib.",
        _from(Source.TASK),
    ),
    # "ResourceInitializationError task errors", Amazon ECS Developer Guide.
    Rule(
        r"ResourceInitializationError.*?secret.*?(AccessDenied|ResourceNotFound|not found|not authorized"
        r"|can't find)",
        "A task cannot read one of its secrets ({0}): the secret, its key or the permission is gone; deploy "
        "the stacks Storage, Secrets and Services again.",
        TOLD,
    ),
    Rule(
        r"KMS.*?(disabled|pending deletion|PendingDeletion)",
        "A KMS key is {0}: enable it again, because nothing that it encrypts can be read.",
        TOLD,
    ),
    Rule(
        r"RESOURCE:(\w+)|no container instance met all|no Container Instances",
        "The cluster has no room for a task ({0}): raise cluster.maximum_instances or choose a larger "
        "cluster.instance_type.",
        TOLD,
    ),
    Rule(
        r"migration failed with exit code (\d+)",
        "The database migration failed with exit code {0}: its last lines are in migration.json; deploy a "
        "version whose migration succeeds.",
    ),
    Rule(
        r"database migration never ran to its end \((.*?)\)",
        "The migration never ran to its end: {0}.",
    ),
    # lambdas/preflight/delegation.py and lambdas/certificate/failures.py.
    Rule(
        r"domain (\S+) is not delegated",
        "The domain {0} is not delegated to its hosted zone: enter the zone's name servers at the registrar.",
    ),
    Rule(
        r"rateLimited|allows no request before (\S+)",
        "The certificate authority takes no more requests for now ({0}): wait, or use its staging directory.",
    ),
    Rule(
        r"acme:error:(caa|dns|unauthorized)|CAA.*forbid",
        "The certificate authority does not accept the proof of the domain ({0}): check delegation and CAA "
        "records.",
    ),
    # "CNAMEAlreadyExists", Amazon CloudFront API Reference.
    Rule(
        r"CNAMEAlreadyExists|CNAMEs you provided are already associated",
        "The site's domain is an alternate name of another CloudFront distribution: remove it there first.",
    ),
    Rule(
        r"LimitExceeded|QuotaExceeded|limit exceeded|maximum number of ([\w ]+?) (?:has been|is) reached",
        "A quota of the account is used up ({0}): ask for a larger one in Service Quotas; `make doctor` "
        "names those that are too small.",
        SAID,
    ),
    Rule(
        r"cdk-bootstrap|(?:is|not) (?:been )?bootstrapped",
        "The account is not prepared for the CDK: run `npx cdk bootstrap` for both regions.",
        SAID,
    ),
    Rule(
        r"^(\S+) is (ROLLBACK_FAILED|UPDATE_ROLLBACK_FAILED|DELETE_FAILED)",
        "The stack {0} is {1}, from which no deployment goes on: remove what its failures in stacks.json "
        "name, then continue its rollback or delete it.",
    ),
    Rule(
        r"failed (?:ELB |container )?health checks(?:.*?codes?: ?\[?(\d+))?",
        "A container does not pass its health check ({0}): compare health_path, health_codes and port of "
        "[frontend] and [backend] with what the image serves.",
        _from(Source.TASK, Source.SERVICE, Source.STACK),
    ),
    Rule(
        r"^(frontend|backend): Essential container in task exited.*exit code (\d+)",
        "The container {0} ends with exit code {1} soon after it starts: its last lines are in the logs.",
        _from(Source.TASK),
    ),
    Rule(
        r"already exists",
        "A name that a stack wants is taken: `make doctor` says which, and what to do.",
        _from(Source.STACK),
    ),
    Rule(
        r"certificate (?:is refused: )?(?:certificate )?has expired",
        "The site's certificate has expired: look why it was not renewed, in certificate.json and the "
        "function's log.",
        _from(Source.SITE, Source.CERTIFICATE),
    ),
    Rule(
        r"ordinary request is refused with 403",
        "The firewall refuses everybody: look at [edge] of the settings and at the web ACL's log.",
        _from(Source.SITE),
    ),
    Rule(
        r"(.+not been renewed.*)",
        "A certificate was not renewed: {0}.",
        _from(Source.CERTIFICATE, Source.SITE),
    ),
    Rule(
        r"Email address is not verified|MessageRejected",
        "SES does not send as application.email_sender, which is not verified or still in the sandbox.",
        TOLD,
    ),
    Rule(r"(.+)", "Versions differ: {0}; deploy again.", _from(Source.VERSION)),
    Rule(r"(.+)", "The doctor found: {0}.", _from(Source.DOCTOR)),
    Rule(r"(There is no stack \S+ in \S+)", "{0}: deploy the environment.", _from(Source.STACK)),
    Rule(r"^(?!.* is \w+_COMPLETE)(.+)", "A deployment failed: {0}.", _from(Source.STACK)),
    Rule(
        r"^(\S+) is (\w*ROLLBACK_COMPLETE)",
        "The last deployment of {0} failed and was taken back; see its failures in stacks.json.",
        _from(Source.STACK),
    ),
    Rule(r"(.+)", "A task ended: {0}.", _from(Source.TASK)),
    Rule(r"(.+)", "The site does not answer as it should: {0}.", _from(Source.SITE)),
    Rule(r"(.+)", "A service is not well: {0}.", _from(Source.SERVICE)),
    Rule(r"(.+)", "The last migration failed: {0}.", _from(Source.MIGRATION)),
    Rule(r"(.+)", "An alarm is on: {0}.", _from(Source.ALARM)),
)
