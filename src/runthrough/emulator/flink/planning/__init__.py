"""What a statement does: changelog modes, keys, determinism, DuckDB text."""
