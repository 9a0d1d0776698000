"""Limits and offers of AWS, so that settings can be checked without an account."""
