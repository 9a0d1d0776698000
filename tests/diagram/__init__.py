"""The picture of the architecture."""
