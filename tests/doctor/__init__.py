"""Tests of the examination before a deployment."""
