"""What `PUT /_emulator/documents` is told: a collection of a database that we stand in for.

No live service has this door; the form is ours. Confluent Cloud only reads external tables (facts
flink-sql-ai 4.4), so what they hold must come in another way.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runthrough.emulator.flink.planning.external_options import CONNECTORS
from runthrough.emulator.flink.running.documents import Collection, Documents
from runthrough.emulator.mistakes import say


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    connector: str
    endpoint: str = Field(min_length=1)
    collection: str = Field(min_length=1)
    documents: tuple[dict[str, Any], ...]
    indexes: tuple[str, ...] | None = None


def replace_documents(store: Documents, data: object) -> int:
    """Put documents in place of a collection's own; return how many.

    Args:
        store: where the collections are.
        data: `connector`, such as `mongodb`; `endpoint`, that of the connection; `collection`,
            such as `race.comments`; `documents`, a list of objects; and, if searches shall see
            only those, `indexes`, a list of names.

    Raises:
        ValueError: a key or value that does not fit, by place; or they have no place there.
        EmulatorError: the database did not take them.
    """
    try:
        told = _Told.model_validate(data)
    except ValidationError as e:
        raise ValueError(f"not a collection: {say(e, _Told)}") from e
    if told.connector not in CONNECTORS:
        known = ", ".join(CONNECTORS)
        raise ValueError(f"there is no connector {told.connector!r}; there are {known}")
    place = Collection(told.connector, told.endpoint, told.collection)
    return store.replace(place, told.documents, told.indexes)
