"""The door of the broker for clients: their groups are ours, the rest is the mock broker's."""
