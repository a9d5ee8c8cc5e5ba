"""Cutting an answer into the pieces that a stream sends.

Vendors send a token or a few at a time; here it is a word with the blanks before it. The size of
the pieces is ours: no fact gives one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_WORD = re.compile(r"\s{0,8}\S{1,24}|\s{1,8}")
_FRAGMENT = 12


def text_pieces(text: str) -> Iterator[str]:
    """Return the pieces of a text, which joined are the text; an empty text has none."""
    return (match[0] for match in _WORD.finditer(text))


def json_fragments(value: Any) -> Iterator[str]:
    """Return fragments of a value's JSON, which joined are the JSON; the first is empty.

    Clients have to join before they read (facts amazon-bedrock 2.7).
    """
    text = json.dumps(value, ensure_ascii=False)
    yield ""
    for at in range(0, len(text), _FRAGMENT):
        yield text[at : at + _FRAGMENT]
