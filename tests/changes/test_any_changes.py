"""Whatever sequence of settings is deployed, nothing that holds data goes without a word."""

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from instandt_cdk.changes import Verdict, examine
from instandt_cdk.changes.difference import Change, Fate, changes
from instandt_cdk.settings import Settings
from tests.changes.variations import stacks_of
from tests.support.random_settings import any_settings

DATABASE = "AWS::RDS::DBInstance"
STORES = ("AWS::Backup::BackupVault", "AWS::EFS::FileSystem", "AWS::S3::Bucket")
LOGS = "AccessLogs"
"""How the logical ids of buckets begin that hold logs, which go with what wrote them."""


@hypothesis(
    max_examples=1,
    deadline=None,
    derandomize=True,
    database=None,
    # A synth takes seconds: no search for the smallest example, which the message shows whole anyway.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(any_settings(regions=["eu-central-1"]), min_size=5, max_size=5))
def test_no_step_loses_a_database_or_a_store_without_a_word(found: list[Settings]) -> None:
    walk = [stacks_of(one.model_copy(update={"environment": "walk"})) for one in found]
    lost = 0
    # From each to each: so every sequence of them is covered.
    for before in walk:
        (database,) = (place for place, it in before.resources.items() if it.type == DATABASE)
        for after in walk:
            findings = examine(before, after)
            assert database in after.resources
            for change in filter(_loses_data, changes(before, after)):
                lost += 1
                verdicts = {one.harm.verdict for one in findings if change.address in one.things}
                kept = {Verdict.REFUSED} if change.before.type == DATABASE else {Verdict.ASKED}
                assert verdicts & {Verdict.REFUSED, *kept}, change.address
    # Otherwise the settings are too much alike to show anything.
    assert lost


def _loses_data(change: Change) -> bool:
    return (
        change.fate is not Fate.CHANGED
        and change.before.type in (DATABASE, *STORES)
        and not change.address.logical_id.startswith(LOGS)
    )
