"""The frontend image: renders the site's page on the server, from the backend."""
