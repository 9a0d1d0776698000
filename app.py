"""Build instaNDT's stacks for one environment: `npx cdk deploy --all -c env=prod`."""

import sys
from pathlib import Path

import aws_cdk as cdk

from instandt_cdk import compliance, deployment, settings


def main() -> None:
    """Read the environment's settings and synthesize its stacks."""
    app = cdk.App()
    try:
        environment = settings.load_chosen(
            Path(__file__).parent / "environments", app.node.get_all_context()
        )
    except settings.SettingsError as error:
        sys.exit(str(error))
    compliance.register(app)
    deployment.build(app, environment)
    app.synth()


if __name__ == "__main__":
    main()
