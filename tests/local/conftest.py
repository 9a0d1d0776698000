"""What the tests of the local environment share."""

from tests.local.emulated import cloud

__all__ = ["cloud"]
