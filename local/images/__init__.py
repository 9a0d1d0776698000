"""Stand-ins for instaNDT's container images that honour the application contract.

The vendor's images live in a private registry. Whoever has no access to it deploys these: each is
started as `python -m local.images.NAME`, asks for every environment variable of its contract
(instaNDT documentation, "Environment Variables") and behaves as the architecture expects.
"""
