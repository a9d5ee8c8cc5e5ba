"""Guardrails: a word policy that stops prompts and answers (facts amazon-bedrock 2.2, 2.10)."""
