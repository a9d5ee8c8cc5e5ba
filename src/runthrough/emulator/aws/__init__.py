"""The AWS side of the emulator: Bedrock's two planes, STS, and Signature Version 4."""
