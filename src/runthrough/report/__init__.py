"""A run for people: live on the terminal, and from its record as a page."""
