"""The migration image: brings the schema to the image's version, once, and ends."""
