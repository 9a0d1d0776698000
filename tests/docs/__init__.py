"""The pages that people read: their links lead somewhere, and their commands are tried."""
