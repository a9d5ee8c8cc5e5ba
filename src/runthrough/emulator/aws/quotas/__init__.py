"""Quotas: what they are, what a call takes from them, and the service that tells of them."""
