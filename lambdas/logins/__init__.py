"""The function that makes the database's owner and logins, and rotates the logins."""
