"""The bodies of InvokeModel, one module a vendor's shape (facts amazon-bedrock 4).

`api` in the catalogue names the family of a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runthrough.emulator.aws.families import anthropic_messages, titan_embeddings
from runthrough.emulator.aws.families.family import Family

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "anthropic-messages": anthropic_messages.FAMILY,
        "titan-embeddings": titan_embeddings.FAMILY,
    }
)
"""The families that are emulated, by the name the catalogue gives them."""
