"""The models there are, read from `catalogue.yaml`, each with the day it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml


@dataclass(frozen=True)
class Model:
    """One model under one id.

    Attributes:
        most_input: how many tokens go in; of an embedding model, of one text.
        most_output: how many tokens an answer has at most; 0 for an embedding model.
        created: the day the list of models gives it; only its order means something.
        retires: the first day it is no longer answered; None = no day is known.
        images: whether it takes pictures.
        schema: whether answers can be held to a JSON Schema.
        reasons: whether it thinks first and takes `max_completion_tokens` only.
        fixed: whether it refuses to be given a temperature or top_p.
        size: how many numbers a vector has; 0 for a chat model.
        shorter: whether it makes shorter vectors on request.
    """

    id: str
    most_input: int
    created: date
    most_output: int = 0
    retires: date | None = None
    images: bool = False
    schema: bool = False
    reasons: bool = False
    fixed: bool = False
    size: int = 0
    shorter: bool = False

    @property
    def embeds(self) -> bool:
        """Whether it makes vectors instead of answers."""
        return self.size > 0

    def is_retired(self, now: datetime) -> bool:
        """Whether its day has come."""
        return self.retires is not None and now.date() >= self.retires

    def created_at(self) -> int:
        """Return the day it was created as seconds since 1970."""
        return int(datetime.combine(self.created, time(), UTC).timestamp())


@cache
def read_catalogue() -> Mapping[str, Model]:
    """Return every model by its id, in the order of the file."""
    text = (resources.files(__package__) / "catalogue.yaml").read_text(encoding="utf-8")
    lists = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found = [model for entry in lists["chat"] for model in _read_chat(entry)]
    found += [_read_embedding(entry) for entry in lists["embeddings"]]
    return MappingProxyType({model.id: model for model in found})


def _read_chat(entry: Mapping[str, Any]) -> Iterator[Model]:
    model = Model(
        id=entry["id"],
        most_input=entry["input"],
        most_output=entry["output"],
        created=entry["created"],
        retires=entry.get("retires"),
        images=entry.get("images", False),
        schema=entry.get("schema", False),
        reasons=entry.get("reasons", False),
        fixed=entry.get("fixed", False),
    )
    yield model
    for name, retires in entry.get("dated", {}).items():
        yield replace(model, id=name, retires=retires)


def _read_embedding(entry: Mapping[str, Any]) -> Model:
    return Model(
        id=entry["id"],
        most_input=entry["input"],
        created=entry["created"],
        size=entry["size"],
        shorter=entry.get("shorter", False),
    )
