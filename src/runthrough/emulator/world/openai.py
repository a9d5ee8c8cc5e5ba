"""The OpenAI account of a world."""

from __future__ import annotations

from pydantic import Field, SecretStr

from runthrough.emulator.world.parts import Part

OPENAI_KEY = "runthrough-emulator"
"""The OpenAI key of a world that names none; it opens nothing anywhere else."""


class OpenAiKey(Part):
    """An API key of OpenAI."""

    secret: SecretStr = Field(min_length=1)


def _known_openai_key() -> tuple[OpenAiKey, ...]:
    return (OpenAiKey(secret=SecretStr(OPENAI_KEY)),)


class OpenAiAccount(Part):
    """The OpenAI organization the labs call, and what it may use of it.

    Attributes:
        organization: the id that headers and refusals name.
        keys: what opens it; a world that names none has OPENAI_KEY.
        requests_per_minute: of each model; None = any number.
        tokens_per_minute: of each model; None = any number.
        quota_tokens: how many tokens are paid for, until a reset; None = any number.
    """

    organization: str = "org-runthrough"
    keys: tuple[OpenAiKey, ...] = Field(default_factory=_known_openai_key, min_length=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    quota_tokens: int | None = Field(default=None, ge=0)
