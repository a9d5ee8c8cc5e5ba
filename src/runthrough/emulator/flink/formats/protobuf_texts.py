"""Protobuf schemas: writing a `.proto` file.

The order of what is written is ours; names of types are written as the file has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runthrough.emulator.flink.formats.protobuf_files import Enum, Field, File, Message, Option


def write_protobuf(file: File) -> str:
    """Return a file as text; what was read over when it was read is not in it."""
    return "\n".join(_file(file)) + "\n"


def _file(file: File) -> Iterator[str]:
    yield f'syntax = "{file.syntax}";'
    if file.package:
        yield f"package {file.package};"
    if file.imports:
        yield ""
    for name in file.imports:
        modifier = file.modifiers.get(name, "")
        yield f'import {modifier} "{name}";' if modifier else f'import "{name}";'
    if file.options:
        yield ""
    yield from _options(file.options)
    for message in file.messages.values():
        yield ""
        yield from _message(message)
    for name, values in file.enums.items():
        yield ""
        yield from _enum(name, values)


def _options(options: Iterable[Option]) -> Iterator[str]:
    for name, value in options:
        yield f"option {name} = {value};"


def _message(message: Message) -> Iterator[str]:
    yield f"message {message.name} {{"
    yield from _indented(_inside(message))
    yield "}"


def _inside(message: Message) -> Iterator[str]:
    yield from _options(message.options)
    if message.reserved:
        yield from (f"reserved {one};" for one in message.reserved)
    waiting = list(message.order)
    written: set[str] = set()
    for field in message.fields.values():
        if field.oneof:
            if field.oneof not in written:
                written.add(field.oneof)
                yield from _oneof(field.oneof, message)
            continue
        if field.is_map and field.entry in waiting:
            before = waiting[: waiting.index(field.entry)]
            yield from _messages(message, before)
            del waiting[: len(before) + 1]
        yield _field(field)
    yield from _messages(message, waiting)
    for name, values in message.enums.items():
        yield from _enum(name, values)


def _messages(message: Message, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name in message.messages:
            yield from _message(message.messages[name])


def _oneof(name: str, message: Message) -> Iterator[str]:
    yield f"oneof {name} {{"
    yield from _indented(_field(f) for f in message.fields.values() if f.oneof == name)
    yield "}"


def _field(field: Field) -> str:
    label = f"{field.label} " if field.label else ""
    return f"{label}{field.type} {field.name} = {field.number}{_brackets(field.options)};"


def _enum(name: str, values: Enum) -> Iterator[str]:
    yield f"enum {name} {{"
    yield from _indented(_options(values.options))
    yield from (f"  reserved {one};" for one in values.reserved)
    for value, number in values.items():
        yield f"  {value} = {number}{_brackets(values.of_values.get(value, ()))};"
    yield "}"


def _brackets(options: Iterable[Option]) -> str:
    written = ", ".join(f"{name} = {value}" for name, value in options)
    return f" [{written}]" if written else ""


def _indented(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines)
