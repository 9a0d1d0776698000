"""Whatever the settings accept, the application synthesizes, and no rule pack finds anything."""

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis

from instandt_cdk.settings import Settings
from tests.support.random_settings import any_settings
from tests.support.synthesis import synthesize_settings


@hypothesis(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    # A synth takes seconds: no search for the smallest example, which the message shows whole anyway.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(any_settings())
def test_what_the_settings_accept_synthesizes_without_findings(settings: Settings) -> None:
    synthesis = synthesize_settings(settings)
    reports = synthesis.read("validation-report.json")["pluginReports"]
    assert len(reports) >= 4
    assert not [finding for report in reports for finding in report["violations"]]
