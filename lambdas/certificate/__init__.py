"""The Lambda function that keeps a publicly trusted certificate in AWS Certificate Manager."""
