"""Preflight: is everything there that the labs need, and if not, what is to be done."""
