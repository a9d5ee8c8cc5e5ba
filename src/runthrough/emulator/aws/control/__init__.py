"""The control plane `bedrock`: models, profiles, access to them, guardrails, tags."""
