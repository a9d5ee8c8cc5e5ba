"""Organizations, environments, clusters, pools, people, keys: what api.confluent.cloud has."""
