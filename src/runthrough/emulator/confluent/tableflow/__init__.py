"""Tableflow."""
