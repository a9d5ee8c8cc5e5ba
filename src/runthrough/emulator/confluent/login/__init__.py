"""The login of the `confluent` CLI."""
