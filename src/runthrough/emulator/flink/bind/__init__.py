"""What names and expressions mean: scopes, types, casts and the relations of a query."""
