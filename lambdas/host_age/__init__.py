"""The function that measures how old the oldest instance is."""
