"""What the network's settings and their manual promise beside the ways."""

import re

from instandt_cdk.settings import NetworkSettings
from tests.support.choices import synthesized
from tests.support.synthesis import Synthesis

HOURS = 730
"""Of a month, as AWS's prices count."""
WORDS = {"nine": 9, "three": 3}


def _ranges(synthesis: Synthesis) -> dict[str, str]:
    return {
        logical_id: subnet["Properties"]["CidrBlock"]
        for _, logical_id, subnet in synthesis.resources("AWS::EC2::Subnet")
    }


def test_a_third_zone_moves_no_subnet(prod: Synthesis) -> None:
    two, three = _ranges(synthesized("without endpoints")), _ranges(prod)
    assert (len(two), len(three)) == (5, 9)
    assert two.items() <= three.items()


def test_what_is_refused_is_logged(prod: Synthesis) -> None:
    ((_, _, log),) = prod.resources("AWS::EC2::FlowLog")
    assert log["Properties"]["TrafficType"] == "REJECT"


def test_the_manual_says_what_the_endpoints_cost(prod: Synthesis) -> None:
    text = " ".join(f"{NetworkSettings.model_fields['interface_endpoints'].description}".split())
    said = re.search(r"\$(\S+) an hour.* (\w+) endpoints in (\w+) zones are \$(\d+) a month", text)
    assert said
    endpoints = [
        endpoint["Properties"]["SubnetIds"]
        for _, _, endpoint in prod.resources("AWS::EC2::VPCEndpoint")
        if endpoint["Properties"]["VpcEndpointType"] == "Interface"
    ]
    assert len(endpoints) == WORDS[said[2]]
    assert {len(subnets) for subnets in endpoints} == {WORDS[said[3]]}
    assert round(WORDS[said[2]] * WORDS[said[3]] * HOURS * float(said[1])) == int(said[4])
