"""New ids: a kind's prefix and six characters (facts/confluent-cloud-api.md 1.7)."""

from __future__ import annotations

import secrets
from collections.abc import Container

_LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz"


def new_id(prefix: str, taken: Container[str] = ()) -> str:
    """Return an id of a kind, such as `cspi-8k2m4p`, that is not taken."""
    while True:
        made = f"{prefix}-" + "".join(secrets.choice(_LETTERS) for _ in range(6))
        if made not in taken:
            return made
