"""The stack Replica, and the constructs that only it uses."""
