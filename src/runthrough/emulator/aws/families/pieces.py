"""Cutting the input of a tool into the pieces that a stream sends; their size is ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_FRAGMENT = 12


def json_fragments(value: Any) -> Iterator[str]:
    """Return fragments of a value's JSON, which joined are the JSON; the first is empty.

    Clients have to join before they read (facts amazon-bedrock 2.7).
    """
    text = json.dumps(value, ensure_ascii=False)
    yield ""
    for at in range(0, len(text), _FRAGMENT):
        yield text[at : at + _FRAGMENT]
