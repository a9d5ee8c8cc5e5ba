"""The Confluent Cloud side of the emulator: control plane, gateway, Kafka REST, registry."""
