"""The stack Cluster, its constructs, and how instances are made, the bastion's too."""
