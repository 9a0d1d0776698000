"""instaNDT in your own AWS account, as one AWS CDK application."""
