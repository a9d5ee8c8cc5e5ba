"""Who may come in and what they may do: principals, API keys, tokens, role bindings."""
