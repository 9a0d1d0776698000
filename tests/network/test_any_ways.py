"""Whatever the settings accept, the promised ways are open, and no others.

INSTANDT_NETWORKS is how many random settings are tried; 200 take about three minutes.
"""

import os

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis

from instandt_cdk.settings import Settings
from tests.network.model import Network
from tests.network.promises import promised, tolerated
from tests.network.resources import resources
from tests.support.random_settings import any_settings
from tests.support.synthesis import bare_templates


@hypothesis(
    max_examples=int(os.environ.get("INSTANDT_NETWORKS", "50")),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(any_settings())
def test_whatever_is_chosen_the_promised_ways_are_open_and_no_others(settings: Settings) -> None:
    ways = set(Network(resources(bare_templates(settings)), settings).ways())
    assert promised(settings) - ways == set()
    assert ways - promised(settings) - tolerated(settings) == set()
