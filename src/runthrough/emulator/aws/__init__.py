"""The AWS side of the emulator: Bedrock's two planes, STS, Service Quotas, Signature Version 4."""
