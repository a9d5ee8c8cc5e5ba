"""The data plane `bedrock-runtime`: calls to models."""
