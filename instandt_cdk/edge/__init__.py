"""The stack Edge, and the constructs that only it uses."""
