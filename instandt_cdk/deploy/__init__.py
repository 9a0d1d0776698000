"""Deploy an environment: `make deploy ENV=prod`, or `python -m instandt_cdk.deploy prod`.

The CDK CLI deploys. Here is what has to happen before it, and what an operator wants to see after it.
"""
