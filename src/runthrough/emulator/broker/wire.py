"""The encoding of Kafka's messages: fields of a kind, in the versions that have them.

Source: the Apache Kafka protocol guide (protocol primitive types) and KIP-482: a *flexible*
version writes lengths as unsigned varints, one more than they are, and ends every structure with
tagged fields. We send no tags, and pass over those we are sent.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runthrough.errors import EmulatorError

Values = dict[str, Any]

_MAX_VARINT_BYTES = 5


class BadFrame(EmulatorError):
    """What a client sent is no message of the Kafka protocol, or not one that is offered."""


class Reader:
    """Reads a message from its start to its end."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self._data, self.place = data, place

    def take(self, size: int) -> bytes:
        """Return the next bytes. Raises BadFrame: there are not so many."""
        end = self.place + size
        if size < 0 or end > len(self._data):
            raise BadFrame(f"{size} bytes are announced where {self.left} are left")
        found, self.place = self._data[self.place : end], end
        return found

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self._data) - self.place

    def number(self, form: struct.Struct) -> Any:
        """Return the next number or truth value. Raises BadFrame: the message ends before."""
        return form.unpack(self.take(form.size))[0]

    def varint(self) -> int:
        """Return the next unsigned varint. Raises BadFrame: it does not end."""
        found = 0
        for place in range(_MAX_VARINT_BYTES):
            byte = self.take(1)[0]
            found |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                return found
        raise BadFrame("a varint is longer than five bytes")

    def skip_tags(self) -> None:
        """Pass over the tagged fields that end a flexible structure."""
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())


def varint(value: int) -> bytes:
    """Return an unsigned varint."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


class Kind(Protocol):
    """How the values of a field are written."""

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the next value. Raises BadFrame: there is none of this kind."""

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return a value as it is sent."""


@dataclass(frozen=True)
class Number:
    """A value of fixed size (a number, a truth value, an id) as `struct` writes it."""

    form: struct.Struct

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the next number."""
        return reader.number(self.form)

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return the number as it is sent."""
        return self.form.pack(value)


BOOLEAN = Number(struct.Struct(">?"))
INT8 = Number(struct.Struct(">b"))
INT16 = Number(struct.Struct(">h"))
INT32 = Number(struct.Struct(">i"))
INT64 = Number(struct.Struct(">q"))
UUID = Number(struct.Struct(">16s"))


@dataclass(frozen=True)
class Bytes:
    """Bytes of any length after their size.

    Attributes:
        size: the size where the version is not flexible.
        nullable: None is a value too.
    """

    size: Number = INT32
    nullable: bool = False

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the next bytes, None where they are null and may be."""
        size = reader.varint() - 1 if flexible else self.size.read(reader, 0, flexible=False)
        if size >= 0:
            return reader.take(size)
        if size == -1 and self.nullable:
            return None
        raise BadFrame(f"bytes of length {size}")

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return the bytes as they are sent."""
        size = -1 if value is None else len(value)
        head = varint(size + 1) if flexible else self.size.write(size, 0, flexible=False)
        return head + (value or b"")


@dataclass(frozen=True)
class Text:
    """A string in UTF-8; None is a value too where it is nullable."""

    nullable: bool = False

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the next string."""
        found = Bytes(INT16, self.nullable).read(reader, version, flexible=flexible)
        try:
            return None if found is None else found.decode()
        except UnicodeDecodeError as e:
            raise BadFrame("a string is not UTF-8") from e

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return the string as it is sent."""
        sent = None if value is None else value.encode()
        return Bytes(INT16, self.nullable).write(sent, version, flexible=flexible)


STRING, MAYBE_STRING, BYTES = Text(), Text(nullable=True), Bytes()


@dataclass(frozen=True)
class Field:
    """A field of a structure.

    Attributes:
        since: the first version that has it.
        until: the last one.
        default: its value in the other versions.
    """

    name: str
    kind: Kind
    since: int = 0
    until: int = 99
    default: Any = None

    def is_in(self, version: int) -> bool:
        """Return whether a version has the field."""
        return self.since <= version <= self.until


class Struct:
    """Fields one after another; a value is a dictionary with all of their names."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Values:
        """Return the next structure."""
        found = {
            field.name: field.kind.read(reader, version, flexible=flexible)
            if field.is_in(version)
            else field.default
            for field in self.fields
        }
        if flexible:
            reader.skip_tags()
        return found

    def write(self, value: Mapping[str, Any], version: int, *, flexible: bool) -> bytes:
        """Return the structure as it is sent; fields that the version lacks are left out."""
        parts = [
            field.kind.write(value[field.name], version, flexible=flexible)
            for field in self.fields
            if field.is_in(version)
        ]
        return b"".join(parts) + (b"\0" if flexible else b"")


@dataclass(frozen=True)
class Array:
    """Values of one kind after their number.

    Attributes:
        nullable_since: the first version in which None is a value too.
    """

    of: Kind
    nullable_since: int = 99

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the next values, None where they are null and may be."""
        count = reader.varint() - 1 if flexible else INT32.read(reader, 0, flexible=False)
        if count == -1 and version >= self.nullable_since:
            return None
        if not 0 <= count <= reader.left:
            raise BadFrame(f"{count} values are announced where {reader.left} bytes are left")
        return [self.of.read(reader, version, flexible=flexible) for _ in range(count)]

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return the values as they are sent."""
        count = -1 if value is None else len(value)
        head = varint(count + 1) if flexible else INT32.write(count, 0, flexible=False)
        items: Sequence[Any] = value or ()
        return head + b"".join(self.of.write(v, version, flexible=flexible) for v in items)


@dataclass(frozen=True)
class Maybe:
    """A structure that may be null, after a byte that tells."""

    of: Struct

    def read(self, reader: Reader, version: int, *, flexible: bool) -> Any:
        """Return the structure, None where it is null."""
        there = INT8.read(reader, version, flexible=flexible) >= 0
        return self.of.read(reader, version, flexible=flexible) if there else None

    def write(self, value: Any, version: int, *, flexible: bool) -> bytes:
        """Return the structure as it is sent."""
        if value is None:
            return INT8.write(-1, version, flexible=flexible)
        head = INT8.write(1, version, flexible=flexible)
        return head + self.of.write(value, version, flexible=flexible)
