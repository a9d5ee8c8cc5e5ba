"""The account: organization, environments, Kafka clusters, registries and compute pools."""
