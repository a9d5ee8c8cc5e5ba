"""The control plane `bedrock`: models, profiles, access."""
