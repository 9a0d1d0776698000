"""What a deployment would do to what runs."""
