"""Kafka REST v3."""
