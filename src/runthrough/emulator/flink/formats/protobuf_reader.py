"""Protobuf schemas as descriptors: reading the binary form (`protobuf_descriptors.py`)."""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.formats import protobuf_options as options
from runthrough.emulator.flink.formats.protobuf_descriptors import (
    ENUM_TYPE,
    LABELS,
    MAX_ENUM,
    MAX_RANGE,
    MESSAGE_TYPE,
    SCALARS,
    UnreadError,
    default_json_name,
    default_of,
    names_of,
)
from runthrough.emulator.flink.formats.protobuf_files import (
    Enum,
    Field,
    File,
    Message,
    Option,
    ProtobufError,
    walk,
)
from runthrough.emulator.flink.formats.protobuf_options import quoted, text_of
from runthrough.emulator.flink.formats.protobuf_wire import read_fields, signed

MAX_DEPTH = 100
"""How deep messages may lie in each other."""
_TYPES, _LABELS = names_of(SCALARS), names_of(LABELS)


def read_descriptor(data: bytes) -> File:
    """Return the file a `FileDescriptorProto` describes; comments are not kept.

    Raises:
        UnreadError: it holds what is not kept here: a service, an extension, an unknown option.
        ProtobufError: it is no descriptor.
    """
    file, modifiers = File(), list[tuple[str, int]]()
    for number, value in read_fields(data):
        match number:
            case 1 | 9:  # its own name, and where in which file all that was
                continue
            case 2:
                file.package = text_of(value)
            case 3:
                file.imports.append(text_of(value))
            case 4:
                message, _ = _message(_bytes(value), 0)
                file.messages[message.name] = message
            case 5:
                name, values = _enum(_bytes(value))
                file.enums[name] = values
            case 8:
                file.options = _options(_bytes(value), options.FILE, "file")
            case 10 | 11:
                modifiers.append(("public" if number == 10 else "weak", _number(value)))
            case 12:
                file.syntax = text_of(value)
            case _:
                known = {6: "a service", 7: "an extension", 14: "an edition"}
                raise UnreadError(known.get(number, f"the field {number} of a file"))
    for modifier, place in modifiers:
        if place >= len(file.imports):
            raise ProtobufError(f"there is no import {place}")
        file.modifiers[file.imports[place]] = modifier
    if not file.messages and not file.enums and not file.imports:
        raise ProtobufError("it describes nothing")
    if file.syntax == "proto2":
        _label(file)
    return file


def _label(file: File) -> None:
    """Say optional where proto2 has to and proto3 does not."""
    for _, message in walk(file.messages):
        for number, field in message.fields.items():
            if not (field.label or field.oneof or field.is_map):
                message.fields[number] = replace(field, label="optional")


def _message(data: bytes, depth: int) -> tuple[Message, bool]:
    """Return a message, and whether it is the entry of a map."""
    if depth > MAX_DEPTH:
        raise ProtobufError("messages lie too deep in each other")
    made, is_entry = Message(""), False
    fields: list[tuple[Field, int | None]] = []
    entries: dict[str, Message] = {}
    oneofs: list[str] = []
    for number, value in read_fields(data):
        match number:
            case 1:
                made.name = text_of(value)
            case 2:
                fields.append(_field(_bytes(value)))
            case 3:
                inner, inner_is_entry = _message(_bytes(value), depth + 1)
                made.order.append(inner.name)
                (entries if inner_is_entry else made.messages)[inner.name] = inner
            case 4:
                name, values = _enum(_bytes(value))
                made.enums[name] = values
            case 7:
                said, is_entry = _split_map_entry(_bytes(value))
                made.options = _options(said, options.MESSAGE, "message")
            case 8:
                oneofs.append(_oneof(_bytes(value)))
            case 9:
                made.reserved.append(_range(_bytes(value), last=MAX_RANGE - 1, beyond=1))
            case 10:
                made.reserved.append(quoted(text_of(value)))
            case _:
                raise UnreadError("an extension")
    for field, oneof in fields:
        if oneof is not None and oneof >= len(oneofs):
            raise ProtobufError(f"the message {made.name} has no oneof {oneof}")
        named = replace(field, oneof="" if oneof is None else oneofs[oneof])
        made.fields[field.number] = _as_map(named, entries)
    return made, is_entry


def _as_map(field: Field, entries: dict[str, Message]) -> Field:
    entry = entries.get(field.type.rpartition(".")[2])
    if entry is None or field.label != "repeated":
        return field
    key, value = (entry.fields.get(number) for number in (1, 2))
    if key is None or value is None:
        raise ProtobufError(f"the entries of the map {field.name} have no key and value")
    return replace(field, type=f"map<{key.type}, {value.type}>", label="")


def _field(data: bytes) -> tuple[Field, int | None]:
    """Return a field and the place of its oneof; an optional one of proto3 has none."""
    name = kind = label = default = json_name = ""
    number, oneof, marked = 0, None, False
    said: list[Option] = []
    for place, value in read_fields(data):
        match place:
            case 1:
                name = text_of(value)
            case 3:
                number = _number(value)
            case 4:
                label = _LABELS.get(_number(value), "")
            case 5:
                code = _number(value)
                if code not in _TYPES and code not in (MESSAGE_TYPE, ENUM_TYPE):
                    raise UnreadError("a group" if code == 10 else f"the type {code}")
                kind = kind or _TYPES.get(code, "")
            case 6:
                kind = text_of(value)
            case 7:
                default = text_of(value)
            case 8:
                said = _options(_bytes(value), options.FIELD, "field")
            case 9:
                oneof = _number(value)
            case 10:
                json_name = text_of(value)
            case 17:
                marked = bool(value)
            case _:
                raise UnreadError("an extension")
    if default:
        said = [("default", default_of(kind, default)), *said]
    if json_name not in ("", default_json_name(name)):
        said = [*said, ("json_name", quoted(json_name))]
    if not name or not kind or number < 1:
        raise ProtobufError(f"the field {name or number} has no name, type or number")
    made = Field(name, number, kind, label, "", tuple(said))
    if marked:
        return made, None
    return replace(made, label="" if label == "optional" else label), oneof


def _enum(data: bytes) -> tuple[str, Enum]:
    name, made = "", Enum()
    for number, value in read_fields(data):
        match number:
            case 1:
                name = text_of(value)
            case 2:
                _value(_bytes(value), made)
            case 3:
                made.options = _options(_bytes(value), options.ENUM, "enum")
            case 4:
                made.reserved.append(_range(_bytes(value), last=MAX_ENUM, beyond=0))
            case 5:
                made.reserved.append(quoted(text_of(value)))
            case _:
                raise UnreadError(f"the field {number} of an enum")
    return name, made


def _value(data: bytes, enum: Enum) -> None:
    name, number, said = "", 0, list[Option]()
    for place, value in read_fields(data):
        match place:
            case 1:
                name = text_of(value)
            case 2:
                number = _number(value)
            case 3:
                said = _options(_bytes(value), options.ENUM_VALUE, "value of an enum")
            case _:
                raise UnreadError(f"the field {place} of a value of an enum")
    enum[name], enum.of_values[name] = number, tuple(said)


def _oneof(data: bytes) -> str:
    name = ""
    for number, value in read_fields(data):
        if number != 1:
            raise UnreadError("an option of a oneof")
        name = text_of(value)
    return name


def _range(data: bytes, *, last: int, beyond: int) -> str:
    found = {number: _number(value) for number, value in read_fields(data)}
    first, end = found.get(1, 0), found.get(2, 0) - beyond
    if first == end:
        return str(first)
    return f"{first} to max" if end >= last else f"{first} to {end}"


def _split_map_entry(data: bytes) -> tuple[bytes, bool]:
    """Return the options of a message without the one that makes it the entry of a map."""
    is_entry = any(number == 7 and value for number, value in read_fields(data))
    return (b"" if is_entry else data), is_entry


def _options(data: bytes, known: options.Known, of: str) -> list[Option]:
    try:
        return options.decode(data, known)
    except KeyError as e:
        raise UnreadError(f"the option {e.args[0]} of a {of}") from e


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ProtobufError(f"{value} stands where a message belongs")
    return value


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ProtobufError("bytes stand where a number belongs")
    return signed(value)
