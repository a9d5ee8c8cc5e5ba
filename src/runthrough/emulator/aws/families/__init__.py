"""The bodies of InvokeModel, one module a vendor's shape (facts amazon-bedrock 4).

`api` in the catalogue names the family of a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runthrough.emulator.aws.families import (
    anthropic_messages,
    llama,
    nova,
    titan_embeddings,
    titan_text,
)
from runthrough.emulator.aws.families.family import Family

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "amazon-nova": nova.FAMILY,
        "anthropic-messages": anthropic_messages.FAMILY,
        "meta-llama": llama.FAMILY,
        "meta-llama4": llama.FAMILY_4,
        "titan-embeddings": titan_embeddings.FAMILY,
        "titan-text": titan_text.FAMILY,
    }
)
"""The families that are emulated, by the name the catalogue gives them."""
