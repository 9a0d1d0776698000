"""Tests of the application, of its functions and of the embedded AWS, with real servers."""
