"""The stack Network, and the constructs that only it uses."""
