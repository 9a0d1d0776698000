"""The stack Secrets, and the constructs that only it uses."""
