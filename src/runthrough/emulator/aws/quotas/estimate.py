"""How many tokens a call reserves, read from a body that nobody has judged yet.

Source: facts amazon-bedrock 5.2: input + cached input + max_tokens, and the model's maximum where
the body sets none. The gates stand before validation, so a body that is wrong in any way is
counted as far as it can be read.
"""

from __future__ import annotations

import json
import re
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.standins import count_tokens

_LIMITS = (
    ("inferenceConfig", "maxTokens"),
    ("inferenceConfig", "max_new_tokens"),
    ("textGenerationConfig", "maxTokenCount"),
    ("max_tokens",),
    ("max_completion_tokens",),
    ("max_tokens_to_sample",),
    ("max_gen_len",),
    ("maxTokens",),
)
"""Where the vendors' bodies, and Converse, set the length of the answer (facts 2.4, 4)."""

_BINARY = frozenset(
    {
        "base64String",
        "bytes",
        "conditionImage",
        "data",
        "image",
        "images",
        "init_image",
        "inputImage",
        "maskImage",
        "referenceImage",
    }
)
"""Members whose strings are pictures and files, which are not text."""
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,")


def estimate(body: bytes, model: Model) -> int:
    """Return the tokens a call reserves: four characters of text are one token.

    A picture or a file is counted as nothing until the call is settled.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return model.max_output
    if not isinstance(value, dict):
        return model.max_output
    return _input(value) + min(_max_tokens(value, model), model.max_output)


def _max_tokens(body: dict[str, Any], model: Model) -> int:
    for path in _LIMITS:
        found: Any = body
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, int) and found >= 0:
            return found
    return model.max_output


def _input(body: dict[str, Any]) -> int:
    """Return the tokens of every text of a body, however deep; keys are not counted."""
    tokens, waiting = 0, [body]
    while waiting:
        value: Any = waiting.pop()
        if isinstance(value, str):
            tokens += 0 if _DATA_URI.match(value) else count_tokens(value)
        elif isinstance(value, dict):
            waiting += [member for name, member in value.items() if not _is_binary(name, member)]
        elif isinstance(value, list):
            waiting += value
    return tokens


def _is_binary(name: str, member: object) -> bool:
    """Whether a member is a picture or a file; an object of such a name may hold texts."""
    return name in _BINARY and not isinstance(member, dict)
