"""The bundle names the cause and no secret."""
