"""What the containers need on any platform. Nothing here knows of AWS."""
