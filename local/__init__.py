"""The embedded AWS: the same application, deployed on loopback."""
