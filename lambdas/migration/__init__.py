"""The function that starts the database migration for CloudFormation and reports its outcome."""
