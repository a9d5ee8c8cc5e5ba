"""The emulator: Confluent Cloud, Kafka and Amazon Bedrock in one process, on 127.0.0.1."""
