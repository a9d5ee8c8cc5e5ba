"""Schema Registry: subjects, schemas, compatibility, modes, associations, tags of topics."""
