"""What operators see of a deployment, and how long it takes."""
