"""The machine image of instances that run nothing of the vendor's: NAT instances and the bastion."""

MACHINE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""The parameter with the newest machine image ("Get started using AL2023 on Amazon EC2")."""
