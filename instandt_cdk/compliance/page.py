"""Write docs/compliance.md, the page of what was accepted and why, from the files of a synth.

npx cdk synth --quiet -c env=prod
python -m instandt_cdk.compliance.page cdk.out > docs/compliance.md
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = """\
# Compliance

Every `cdk synth` checks all stacks against these rule packs and fails on a finding that was not accepted:
{packs}. The tests run cfn-lint and checkov (`CKV_…`) over the templates, too; checkov reads from the
resources' metadata what it may skip, and why.

What follows is everything that was accepted for production, by construct, with the fact that makes it
acceptable. It is generated (`make docs`), and the tests fail when it is out of date or when an acceptance
is no longer needed.

| construct | rule | why it is acceptable |
|---|---|---|
"""


def page(assembly: Path) -> str:
    """Write the page.

    Args:
        assembly: The folder that the CDK synthesized into.
    """
    rules: dict[tuple[str, str], set[str]] = defaultdict(set)
    packs = []
    for plugin in _read(assembly / "validation-report.json")["pluginReports"]:
        packs.append(plugin["pluginName"])
        for finding in plugin["suppressedViolations"]:
            # The CDK accepts findings of its own validator on its own constructs; those are not ours.
            if plugin["pluginName"] != "CloudFormation Validate":
                rule = finding["ruleName"].removeprefix(f"{plugin['pluginName']}-")
                place = finding.get("acknowledgedAt", "everywhere")
                rules[place, finding["reason"]].add(rule)
    for place, check, reason in _skips(assembly):
        rules[place, reason].add(check)
    rows = (
        f"| {place} | {', '.join(f'`{rule}`' for rule in sorted(named))} | {reason} |\n"
        for (place, reason), named in sorted(rules.items())
    )
    return HEAD.format(packs=", ".join(packs)) + "".join(rows)


def _skips(assembly: Path) -> Iterator[tuple[str, str, str]]:
    """What checkov skips: construct, check, reason."""
    for file in sorted(assembly.glob("*.template.json")):
        resources = _read(file)["Resources"]
        metadata = _read(file.with_name(file.name.replace(".template.", ".metadata.")))
        paths = {
            entry["data"]: path.removeprefix("/").removesuffix("/Resource")
            for path, entries in metadata.items()
            for entry in entries
            if entry["type"] == "aws:cdk:logicalId"
        }
        for logical_id, resource in resources.items():
            for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                yield paths[logical_id], skip["id"], skip["comment"]


def _read(file: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1])))
