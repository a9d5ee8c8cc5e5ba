"""The coordinator of consumer groups: who is in a group, who reads what, and how far it is."""
