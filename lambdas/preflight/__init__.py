"""Checks in the first minutes of a deployment, so that it fails early instead of after a long wait."""
