"""The Terraform module as data: read with python-hcl2, nothing is run."""

from functools import cache
from pathlib import Path
from typing import Any

import hcl2
from hcl2 import SerializationOptions

MODULE = Path(__file__).parent.parent / "terraform"
PLAIN = SerializationOptions(strip_string_quotes=True, with_comments=False)

Body = dict[str, Any]


def read_hcl(text: str) -> Body:
    """Return a file's content; a text is plain, an expression has `${…}`."""
    content: Body = hcl2.loads(text, serialization_options=PLAIN)
    return content


@cache
def blocks(kind: str, folder: Path = MODULE) -> dict[str, Body]:
    """Return all blocks of one kind, by their labels joined with dots.

    `blocks("resource")["confluent_environment.this"]` is a body: an
    argument → its value, an inner block → the list of its bodies.
    """
    found: dict[str, Body] = {}
    for file in sorted(folder.glob("*.tf")):
        for block in read_hcl(file.read_text("utf-8")).get(kind, []):
            _collect(block, "", found)
    return found


def _collect(block: Body, name: str, found: dict[str, Body]) -> None:
    if "__is_block__" in block:
        found[name] = block
        return
    for label, inner in block.items():
        plain = label.strip('"')
        _collect(inner, f"{name}.{plain}" if name else plain, found)
