"""The stack Services, and the constructs that only it uses."""
