"""instaNDT in your own AWS account, as one AWS CDK application."""

import sys
from pathlib import Path

# The functions' packages name what their constructs send them, and they judge what the doctor judges, too. So
# both import them, by the names that they have in AWS Lambda.
sys.path.append(str(Path(__file__).parents[1] / "lambdas"))
