"""What `make cost` says."""
