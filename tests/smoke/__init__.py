"""The smoke test says what is broken."""
