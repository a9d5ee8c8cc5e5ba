"""Connect v1: managed connectors, described and never run."""
