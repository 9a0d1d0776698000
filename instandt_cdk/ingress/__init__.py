"""The stack Ingress, and the constructs that only it uses."""
