"""Protobuf schemas as descriptors: the binary form that clients of Python and Go send and ask for.

A schema is sent as the base64 of a `FileDescriptorProto`, and asked for with `format=serialized`
(facts/confluent-cloud-api.md 3.7). Sources: the public `descriptor.proto`; facts of confluent-kafka
2.16 (what it sends). A type of another file is named as it is written, without its kind: readers
find both with the files that are referred to.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from runthrough.emulator.flink.formats import protobuf_options as options
from runthrough.emulator.flink.formats.protobuf_files import (
    Enum,
    Field,
    File,
    Message,
    ProtobufError,
    full_names,
    resolved,
)
from runthrough.emulator.flink.formats.protobuf_options import quoted, unquoted
from runthrough.emulator.flink.formats.protobuf_wire import chunk, varint

SCALARS = {
    "double": 1,
    "float": 2,
    "int64": 3,
    "uint64": 4,
    "int32": 5,
    "fixed64": 6,
    "fixed32": 7,
    "bool": 8,
    "string": 9,
    "bytes": 12,
    "uint32": 13,
    "sfixed32": 15,
    "sfixed64": 16,
    "sint32": 17,
    "sint64": 18,
}
LABELS = {"optional": 1, "required": 2, "repeated": 3}
MESSAGE_TYPE, ENUM_TYPE = 11, 14
MAX_RANGE = 2**29
"""What a reserved range of fields ends before that goes up to `max`."""
MAX_ENUM = 2**31 - 1
_MAP = re.compile(r"map<(\S+), (\S+)>")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


class UnreadError(ProtobufError):
    """A part of a schema that is neither kept nor written here; its text names it."""


def is_descriptor(text: str) -> bool:
    """Return whether a schema is sent in its binary form: no `.proto` file does without a `;`."""
    return _BASE64.fullmatch(text) is not None


def descriptor_bytes(text: str) -> bytes:
    """Return the bytes of a schema in its binary form. Raises ProtobufError: they are none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as e:
        raise ProtobufError(f"it is neither a .proto file nor base64: {e}") from e


def write_descriptor(file: File) -> str:
    """Return a file in its binary form, base64.

    Raises:
        UnreadError: it holds what is read over.
        ProtobufError: an option cannot be.
    """
    return base64.b64encode(_Writer(file).file()).decode()


def default_json_name(name: str) -> str:
    """Return what a field is called in JSON where nobody says another name."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


class _Writer:
    def __init__(self, file: File) -> None:
        self._file, self._names = file, full_names(file)

    def file(self) -> bytes:
        file = self._file
        _refuse(file.unread)
        found = chunk(2, file.package) if file.package else b""
        for name in file.imports:
            found += chunk(3, name)
        for message in file.messages.values():
            found += chunk(4, self._message(message, file.package))
        for name, values in file.enums.items():
            found += chunk(5, self._enum(name, values))
        found += _options(8, file.options, options.FILE)
        for number, name in enumerate(file.imports):
            modifier = file.modifiers.get(name)
            if modifier:
                found += varint({"public": 10, "weak": 11}[modifier], number)
        return found + chunk(12, file.syntax) if file.syntax != "proto2" else found

    def _message(self, message: Message, around: str) -> bytes:
        _refuse(message.unread)
        scope = f"{around}.{message.name}" if around else message.name
        real = list(dict.fromkeys(f.oneof for f in message.fields.values() if f.oneof))
        oneofs = [*real, *(f"_{f.name}" for f in message.fields.values() if self._is_marked(f))]
        found = chunk(1, message.name)
        for field in message.fields.values():
            found += chunk(2, self._field(field, scope, oneofs))
        entries = {f.entry: f for f in message.fields.values() if f.is_map}
        for name in message.order:
            inner = message.messages.get(name)
            if inner is not None:
                found += chunk(3, self._message(inner, scope))
            else:
                found += chunk(3, self._entry(entries[name], scope))
        for name, values in message.enums.items():
            found += chunk(4, self._enum(name, values))
        found += _options(7, message.options, options.MESSAGE)
        for oneof in oneofs:
            found += chunk(8, chunk(1, oneof))
        return found + _reserved(message.reserved, 9, 10, last=MAX_RANGE - 1, beyond=1)

    def _is_marked(self, field: Field) -> bool:
        """Return whether a field of proto3 says that its presence counts."""
        return self._file.syntax == "proto3" and field.label == "optional"

    def _field(self, field: Field, scope: str, oneofs: list[str]) -> bytes:
        label = "repeated" if field.is_map else field.label or "optional"
        found = chunk(1, field.name) + varint(3, field.number) + varint(4, LABELS[label])
        if field.is_map:
            found += varint(5, MESSAGE_TYPE) + chunk(6, f".{scope}.{field.entry}")
        else:
            found += self._type(field.type, scope)
        said = dict(field.options)
        default, json_name = said.pop("default", None), said.pop("json_name", None)
        if default is not None:
            found += chunk(7, unquoted(default) if field.type == "string" else _plain(default))
        found += _options(8, said.items(), options.FIELD)
        oneof = f"_{field.name}" if self._is_marked(field) else field.oneof
        if oneof:
            found += varint(9, oneofs.index(oneof))
        name = unquoted(json_name) if json_name else default_json_name(field.name)
        found += chunk(10, name)
        return found + varint(17, 1) if self._is_marked(field) else found

    def _type(self, written: str, scope: str) -> bytes:
        if written in SCALARS:
            return varint(5, SCALARS[written])
        name = resolved(written, scope, self._names)
        kind = self._names.get(name.removeprefix("."))
        number = {"message": MESSAGE_TYPE, "enum": ENUM_TYPE}.get(kind or "")
        return (b"" if number is None else varint(5, number)) + chunk(6, name)

    def _entry(self, field: Field, scope: str) -> bytes:
        found = _MAP.fullmatch(field.type)
        if found is None:
            raise ProtobufError(f"{field.type} is no map")
        within = f"{scope}.{field.entry}"
        parts = (("key", 1, found[1]), ("value", 2, found[2]))
        fields = b"".join(
            chunk(2, self._field(Field(name, number, kind), within, []))
            for name, number, kind in parts
        )
        return chunk(1, field.entry) + fields + chunk(7, varint(7, 1))

    def _enum(self, name: str, values: Enum) -> bytes:
        found = chunk(1, name)
        for value, number in values.items():
            said = _options(3, values.of_values.get(value, ()), options.ENUM_VALUE)
            found += chunk(2, chunk(1, value) + varint(2, number) + said)
        found += _options(3, values.options, options.ENUM)
        return found + _reserved(values.reserved, 4, 5, last=MAX_ENUM, beyond=0)


def _refuse(unread: list[str]) -> None:
    if unread:
        raise UnreadError(unread[0])


def _options(number: int, said: object, known: options.Known) -> bytes:
    try:
        inside = options.encode(tuple(said), known)  # type: ignore[arg-type]
    except KeyError as e:
        raise UnreadError(f"the option {e.args[0]}") from e
    return chunk(number, inside) if inside else b""


def _reserved(written: list[str], ranges: int, names: int, *, last: int, beyond: int) -> bytes:
    """Return reserved numbers and names; the end of a range of fields is the one after it."""
    found = b""
    for one in written:
        if one[:1] in ("'", '"'):
            found += chunk(names, unquoted(one))
            continue
        first, _, end = one.partition(" to ")
        until = last if end == "max" else int(end or first, 0)
        found += chunk(ranges, varint(1, int(first, 0)) + varint(2, until + beyond))
    return found


def _plain(default: str) -> str:
    """Return a default that is no text, or one of bytes, whose escapes stay as they are."""
    return default[1:-1] if default[:1] in ("'", '"') else default


def names_of(mapping: Mapping[str, int]) -> dict[int, str]:
    """Return a table the other way round."""
    return {number: name for name, number in mapping.items()}


def default_of(kind: str, value: str) -> str:
    """Return a field's default as a `.proto` file writes it."""
    if kind == "string":
        return quoted(value)
    return f'"{value}"' if kind == "bytes" else value
