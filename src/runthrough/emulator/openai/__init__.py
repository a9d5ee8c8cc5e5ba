"""The emulator's OpenAI: chat completions, embeddings and models, answered by the stand-ins.

No fact sheet describes this API. What is known of it comes from its public reference and from
error bodies that its users have posted (in the docstrings: *seen*); what neither says is a choice
of ours, and the docstring says so.
"""
