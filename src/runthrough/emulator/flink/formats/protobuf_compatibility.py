"""Protobuf schemas: can one read what another wrote?

Source: the public rules of updating a message type (Protobuf's language guide) and Confluent's
documentation of Protobuf's evolution: a message may not go, a field may not get a type of another
wire format, a required field may neither come nor go, a field may not leave its oneof. Names of
fields do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runthrough.emulator.flink.formats.protobuf_files import Field, Message, resolve, walk
from runthrough.emulator.flink.formats.protobuf_schemas import parse_protobuf

_ALIKE = (
    {"int32", "uint32", "int64", "uint64", "bool"},
    {"sint32", "sint64"},
    {"string", "bytes"},
    {"fixed32", "sfixed32"},
    {"fixed64", "sfixed64"},
)
"""Scalar types of one wire format."""


def protobuf_problems(reader: str, writer: str) -> list[str]:
    """Return why `reader` cannot read what `writer` wrote; empty = it can.

    Raises:
        ProtobufError: one of them is no Protobuf schema.
    """
    new, old = (_messages(text) for text in (reader, writer))
    problems = [f"the message {name} is not there any more" for name in old if name not in new]
    for name, message in new.items():
        if name in old:
            problems += _message_problems(name, message, old[name])
        else:
            required = (f for f in message.fields.values() if f.label == "required")
            problems += [f"{name}.{f.name} is required and was not there" for f in required]
    return problems


def _messages(text: str) -> dict[str, Message]:
    """Return the messages of a file by name; their types are named as from outside the package."""
    file = parse_protobuf(text)
    resolve(file)
    own = f".{file.package}." if file.package else "."
    found = dict(walk(file.messages))
    for message in found.values():
        for number, one in message.fields.items():
            type_ = one.type.replace(f" {own}", " ").removeprefix(own).removeprefix(".")
            message.fields[number] = replace(one, type=type_)
    return found


def _message_problems(name: str, new: Message, old: Message) -> Iterator[str]:
    for number in sorted({*new.fields, *old.fields}):
        now, before = new.fields.get(number), old.fields.get(number)
        if now is None or before is None:
            one = now or before
            if one is not None and one.label == "required":
                yield f"{name}.{one.name} is required, and not in both schemas"
            elif now is None and before is not None and before.oneof in _oneofs(new):
                yield f"{name}.{before.name} left its oneof {before.oneof}"
            continue
        yield from _field_problems(f"{name}.{now.name}", now, before)
    yield from _moved_into_oneofs(name, new, old)


def _field_problems(name: str, now: Field, before: Field) -> Iterator[str]:
    if not _alike(now.type, before.type):
        yield f"{name} is {now.type}, was {before.type}"
    if (now.label == "required") != (before.label == "required"):
        yield f"{name} is required in one schema only"
    if (now.label == "repeated") != (before.label == "repeated") and now.type not in (
        "string",
        "bytes",
    ):
        yield f"{name} is repeated in one schema only"
    if before.oneof and now.oneof != before.oneof:
        yield f"{name} left its oneof {before.oneof}"


def _moved_into_oneofs(name: str, new: Message, old: Message) -> Iterator[str]:
    for oneof in _oneofs(new):
        moved = [
            f.name
            for f in new.fields.values()
            if f.oneof == oneof and f.number in old.fields and not old.fields[f.number].oneof
        ]
        if len(moved) > 1:
            yield f"{name}: several fields moved into the oneof {oneof}: {', '.join(moved)}"


def _oneofs(message: Message) -> list[str]:
    return sorted({f.oneof for f in message.fields.values() if f.oneof})


def _alike(one: str, other: str) -> bool:
    return one == other or any({one, other} <= group for group in _ALIKE)
