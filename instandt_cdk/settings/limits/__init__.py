"""What AWS allows, known without an account."""
