"""runthrough rehearses a hands-on cloud workshop before the room does."""
