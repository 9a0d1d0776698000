"""What the edge lets through, blocks, caches and redirects."""
