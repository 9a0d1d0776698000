"""What must be true before anything waits for it: asked in the first minutes of a deployment."""
