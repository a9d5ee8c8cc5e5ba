"""The Flink gateway: statements, their results, connections."""
