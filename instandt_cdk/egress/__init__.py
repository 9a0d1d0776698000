"""The stack Egress, and the constructs that only it uses."""
