"""The database migration's two ends: CloudFormation's request and the report on its outcome."""
