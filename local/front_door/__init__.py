"""The way in: what CloudFront and the load balancer do, on loopback, as the deployment says.

It reads the deployed HTTPS listener, its rules, its certificate and its targets from the AWS that
AWS_ENDPOINT_URL names, and serves them. A change is followed within seconds, without a restart.
"""
