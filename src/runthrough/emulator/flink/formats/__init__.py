"""Records to rows and back: Avro, JSON, raw, and the schemas they follow."""
