"""Pages of a list: how many entries, and where the next page begins (facts amazon-bedrock 3.1)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import invalid


def page_of(entries: Sequence[Any], query: Mapping[str, str], *, name: str) -> dict[str, Any]:
    """Return the page a query asks for: `name` holds its entries, `nextToken` leads on.

    Raises:
        Refused: a bad page size or token.
    """
    size = _read_page_size(query.get("maxResults"))
    start = _read_token(query.get("nextToken"))
    page: dict[str, Any] = {name: list(entries[start : start + size])}
    if start + size < len(entries):
        page["nextToken"] = base64.urlsafe_b64encode(f"from {start + size}".encode()).decode()
    return page


def _read_page_size(text: str | None) -> int:
    if text is None:
        return 1000
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise invalid(f"maxResults is not a number: {text[:40]}")
    if not 1 <= int(text) <= 1000:
        bound = "greater than or equal to 1" if int(text) < 1 else "less than or equal to 1000"
        raise broken_rule(text, "maxResults", f"Member must have value {bound}")
    return int(text)


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        text = ""
    match = re.fullmatch(r"from (\d{1,9})", text)
    if match is None:
        raise invalid("The provided next token is invalid.")
    return int(match[1])
