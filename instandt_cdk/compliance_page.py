"""The page that lists what was accepted and why: docs/compliance.md, from a synth's validation report.

npx cdk synth --quiet -c env=prod
python -m instandt_cdk.compliance_page cdk.out/validation-report.json > docs/compliance.md
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HEAD = """\
# Compliance

Every `cdk synth` checks all stacks against these rule packs and fails on a finding that was not accepted:
{packs}.

What follows is everything that was accepted for production, by construct, with the fact that makes it
acceptable. It is generated (`make docs`), and the tests fail when it is out of date or when an acceptance
is no longer needed.

| construct | rule | why it is acceptable |
|---|---|---|
"""


def page(report: dict[str, Any]) -> str:
    """Write the page.

    Args:
        report: What the CDK wrote to `validation-report.json`.
    """
    rules: dict[tuple[str, str], set[str]] = defaultdict(set)
    packs = []
    for plugin in report["pluginReports"]:
        packs.append(plugin["pluginName"])
        for finding in plugin["suppressedViolations"]:
            # What the CDK's own constructs accept of its own validator has no reason of ours.
            if plugin["pluginName"] != "CloudFormation Validate":
                rule = finding["ruleName"].removeprefix(f"{plugin['pluginName']}-")
                place = finding.get("acknowledgedAt", "everywhere")
                rules[place, finding["reason"]].add(rule)
    rows = (
        f"| {place} | {', '.join(f'`{rule}`' for rule in sorted(named))} | {reason} |\n"
        for (place, reason), named in sorted(rules.items())
    )
    return HEAD.format(packs=", ".join(packs)) + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
