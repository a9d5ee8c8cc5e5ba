"""Tableflow: topics kept as Delta tables, and the catalogs they are listed in."""
