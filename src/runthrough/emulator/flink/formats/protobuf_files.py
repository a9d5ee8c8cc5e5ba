"""Protobuf schemas: what a `.proto` file says, as data.

Source: the public language guides of proto2 and proto3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from runthrough.errors import RunthroughError

Option = tuple[str, str]
"""An option's name and its value, both as written."""


class ProtobufError(RunthroughError):
    """A text that is no Protobuf schema; says in which line."""


class Enum(dict[str, int]):
    """The values of an enum by name, and what else is said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.options: list[Option] = []
        self.of_values: dict[str, tuple[Option, ...]] = {}
        self.reserved: list[str] = []


@dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes:
        type: as written: a scalar type, the name of a message or enum, or `map<k, v>`.
        label: optional, required, repeated or empty.
        oneof: the name of the group only one field of which is set.
        options: `default` and `json_name` too.
    """

    name: str
    number: int
    type: str
    label: str = ""
    oneof: str = ""
    options: tuple[Option, ...] = ()

    @property
    def is_map(self) -> bool:
        """Whether it is a map, which is sent as a repeated message of two fields."""
        return self.type.startswith("map<")

    @property
    def entry(self) -> str:
        """What the message of a map's entries is called."""
        return "".join(part[:1].upper() + part[1:] for part in self.name.split("_")) + "Entry"


@dataclass
class Message:
    """A message: its fields by number, and the messages and enums within.

    Attributes:
        order: the names of the messages within as they follow each other, with those of the
            entries of maps: a record names its message by this order.
        reserved: as written: `7`, `9 to 11`, `"old"`.
        unread: what was read over.
    """

    name: str
    fields: dict[int, Field] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    reserved: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass
class File:
    """A `.proto` file.

    Attributes:
        modifiers: `public` or `weak` of imports that are one of them.
        unread: what was read over.
    """

    syntax: str = "proto2"
    package: str = ""
    imports: list[str] = field(default_factory=list)
    modifiers: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    options: list[Option] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def walk(messages: Mapping[str, Message], prefix: str = "") -> Iterator[tuple[str, Message]]:
    """Yield every message with its full name within the file, outer ones first."""
    for name, message in messages.items():
        yield prefix + name, message
        yield from walk(message.messages, f"{prefix}{name}.")


def full_names(file: File) -> dict[str, str]:
    """Return every message and enum of a file by its full name: `message` or `enum`."""
    prefix = f"{file.package}." if file.package else ""
    found = {prefix + name: "enum" for name in file.enums}
    for name, message in walk(file.messages):
        found[prefix + name] = "message"
        found |= {f"{prefix}{name}.{enum}": "enum" for enum in message.enums}
    return found


def resolve(file: File) -> None:
    """Give every type of a file's own its full name, with a dot before it."""
    names, prefix = full_names(file), f"{file.package}." if file.package else ""
    for name, message in walk(file.messages):
        for number, one in message.fields.items():
            *key, value = one.type.removeprefix("map<").removesuffix(">").split(", ")
            found = resolved(value, prefix + name, names)
            type_ = f"map<{key[0]}, {found}>" if one.is_map else found
            message.fields[number] = replace(one, type=type_)


def resolved(type_: str, scope: str, names: Mapping[str, str]) -> str:
    """Return the full name, with a dot before it, of a type that the file itself has.

    A name without a dot before it is looked for in the scope it is written in, then in those
    around it. A name of another file, or of a scalar type, comes back as written.

    Args:
        type_: as written.
        scope: the full name of the message it is written in.
        names: those of the file (`full_names`).
    """
    if type_.startswith("."):
        return type_
    around = scope.split(".") if scope else []
    for depth in range(len(around), -1, -1):
        name = ".".join([*around[:depth], type_])
        if name in names:
            return f".{name}"
    return type_
