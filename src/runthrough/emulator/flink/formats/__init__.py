"""Records to rows and back: Avro, JSON, Protobuf, raw, and the schemas they follow."""
