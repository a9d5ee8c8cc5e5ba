"""The bodies of InvokeModel, one module a vendor's shape (facts amazon-bedrock 4).

`api` in the catalogue names the family of a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runthrough.emulator.aws.families import (
    anthropic_completions,
    anthropic_messages,
    cohere_chat,
    cohere_command,
    cohere_embed,
    deepseek,
    jamba,
    jurassic,
    llama,
    marengo,
    mistral,
    nova,
    openai_chat,
    stability,
    titan_embeddings,
    titan_image,
    titan_text,
)
from runthrough.emulator.aws.families.family import Family

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "ai21-j2": jurassic.FAMILY,
        "ai21-jamba": jamba.FAMILY,
        "amazon-nova": nova.FAMILY,
        "anthropic-completions": anthropic_completions.FAMILY,
        "anthropic-messages": anthropic_messages.FAMILY,
        "cohere-chat": cohere_chat.FAMILY,
        "cohere-command": cohere_command.FAMILY,
        "cohere-embed": cohere_embed.FAMILY,
        "deepseek-r1": deepseek.FAMILY,
        "meta-llama": llama.FAMILY,
        "meta-llama4": llama.FAMILY_4,
        "mistral-chat": mistral.CHAT_FAMILY,
        "mistral-text": mistral.TEXT_FAMILY,
        "openai-chat": openai_chat.FAMILY,
        "stability-image": stability.FAMILY,
        "stability-xl": stability.SDXL_FAMILY,
        "titan-embeddings": titan_embeddings.FAMILY,
        "titan-image": titan_image.FAMILY,
        "titan-image-embeddings": titan_embeddings.IMAGE_FAMILY,
        "titan-text": titan_text.FAMILY,
        "twelvelabs-marengo": marengo.FAMILY,
    }
)
"""The families that are emulated, by the name the catalogue gives them."""
