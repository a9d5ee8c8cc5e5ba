"""Every function in one table: signature, result type, DuckDB text, determinism."""
