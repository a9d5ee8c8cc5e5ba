"""Kafka REST v3: topics, records, settings, ACLs, groups and their lags."""
