"""The stack Cluster, and the constructs that only it uses."""
