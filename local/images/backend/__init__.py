"""The backend image: the API in front of PostgreSQL and the media's files."""
