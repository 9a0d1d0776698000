"""The stack Storage, and the constructs that only it uses."""
