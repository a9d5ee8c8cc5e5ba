"""Protobuf schemas: reading the language of `.proto` files, as far as comparing them needs.

Source: the public language guides of proto2 and proto3. Options are read over; groups are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runthrough.errors import RunthroughError

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<name>\.?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<number>[0-9][0-9A-Za-z_.+]*|\.[0-9][0-9A-Za-z_+]*)
      | (?P<sign>[{}()\[\]<>;,=:+\-/.])""",
    re.VERBOSE | re.DOTALL,
)
_LABELS = ("optional", "required", "repeated")
MAX_NUMBER = 2**29 - 1
_RESERVED_NUMBERS = range(19_000, 20_000)


class ProtobufError(RunthroughError):
    """A text that is no Protobuf schema; says in which line."""


@dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes:
        type: as written: a scalar type, the name of a message or enum, or `map<k, v>`.
        label: optional, required, repeated or empty.
        oneof: the name of the group only one field of which is set.
    """

    name: str
    number: int
    type: str
    label: str = ""
    oneof: str = ""


@dataclass
class Message:
    """A message: its fields by number, and the messages and enums within."""

    name: str
    fields: dict[int, Field] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class File:
    """A `.proto` file."""

    syntax: str = "proto2"
    package: str = ""
    imports: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def parse_protobuf(text: str) -> File:
    """Read a `.proto` file. Raises ProtobufError."""
    return _Reader(list(_tokens(text))).file()


def canonical_protobuf(text: str) -> str:
    """Return a file without comments and superfluous white space. Raises ProtobufError."""
    parse_protobuf(text)
    return " ".join(token.text for token in _tokens(text))


def _tokens(text: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ProtobufError(f"line {line}: unexpected {text[place]!r}")
        if found.lastgroup != "blank":
            yield _Token(str(found.lastgroup), found.group(), line)
        line += found.group().count("\n")
        place = found.end()


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._place = tokens, 0

    def file(self) -> File:
        found = File()
        if self._at("syntax") or self._at("edition"):
            word = self._next().text
            self._expect("=")
            value = self._next("text").text[1:-1]
            if word == "syntax" and value not in ("proto2", "proto3"):
                raise self._error(f"unknown syntax {value!r}")
            found.syntax = value
            self._expect(";")
        while self._place < len(self._tokens):
            self._declaration(found)
        return found

    def _declaration(self, found: File) -> None:
        word = self._next().text
        if word == "import":
            if self._at("public") or self._at("weak"):
                self._next()
            found.imports.append(self._next("text").text[1:-1])
            self._expect(";")
        elif word == "package":
            if found.package:
                raise self._error("a second package")
            found.package = self._next("name").text
            self._expect(";")
        elif word == "message":
            self._add(found.messages, self._message())
        elif word == "enum":
            self._enum(found.enums)
        elif word == "option":
            self._skip_until(";")
        elif word == "service" or word == "extend":
            self._next("name")
            self._skip_braces()
        elif word != ";":
            raise self._error(f"unexpected {word!r}")

    def _message(self) -> Message:
        found = Message(self._next("name").text)
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._is_block("message"):
                self._next()
                self._add(found.messages, self._message())
            elif self._is_block("enum"):
                self._next()
                self._enum(found.enums)
            elif self._is_block("oneof"):
                self._next()
                self._oneof(found)
            elif self._is_block("extend"):
                self._next()
                self._next("name")
                self._skip_braces()
            elif self._at("option") or self._at("reserved") or self._at("extensions"):
                self._skip_until(";")
            else:
                self._field(found)
        return found

    def _is_block(self, word: str) -> bool:
        """Return whether a word begins a block: it may be a field's type elsewhere."""
        after = self._tokens[self._place + 2 : self._place + 3]
        return self._at(word) and bool(after) and after[0].text == "{"

    def _oneof(self, message: Message) -> None:
        name = self._next("name").text
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._at("option"):
                self._skip_until(";")
            else:
                self._field(message, oneof=name)

    def _field(self, message: Message, *, oneof: str = "") -> None:
        label = self._next().text if self._peek() in _LABELS else ""
        if label and oneof:
            raise self._error(f"a field of the oneof {oneof} has no label")
        kind = self._next("name").text
        if kind == "group":
            raise self._error("groups are not read")
        if kind == "map" and self._take("<"):
            key = self._next("name").text
            self._expect(",")
            kind = f"map<{key}, {self._next('name').text}>"
            self._expect(">")
        name = self._next("name").text
        self._expect("=")
        number = self._number()
        if not 1 <= number <= MAX_NUMBER or number in _RESERVED_NUMBERS:
            raise self._error(f"{number} cannot be the number of a field")
        if number in message.fields or name in {f.name for f in message.fields.values()}:
            raise self._error(f"the field {name} = {number} is there already")
        if self._at("["):
            self._skip_brackets()
        self._expect(";")
        message.fields[number] = Field(name, number, kind, label, oneof)

    def _enum(self, enums: dict[str, dict[str, int]]) -> None:
        name, values = self._next("name").text, {}
        if name in enums:
            raise self._error(f"{name} is there already")
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._at("option") or self._at("reserved"):
                self._skip_until(";")
                continue
            value = self._next("name").text
            self._expect("=")
            sign = -1 if self._take("-") else 1
            if value in values:
                raise self._error(f"{value} is there already")
            values[value] = sign * self._number()
            if self._at("["):
                self._skip_brackets()
            self._expect(";")
        if not values:
            raise self._error(f"the enum {name} has no value")
        enums[name] = values

    # --- tokens --------------------------------------------------------------------------------

    def _add(self, messages: dict[str, Message], message: Message) -> None:
        if message.name in messages:
            raise self._error(f"{message.name} is there already")
        messages[message.name] = message

    def _peek(self) -> str:
        return self._tokens[self._place].text if self._place < len(self._tokens) else ""

    def _at(self, text: str) -> bool:
        return self._peek() == text

    def _take(self, text: str) -> bool:
        if not self._at(text):
            return False
        self._place += 1
        return True

    def _next(self, kind: str = "") -> _Token:
        if self._place >= len(self._tokens):
            raise self._error("the text ends too early")
        token = self._tokens[self._place]
        if kind and token.kind != kind:
            raise self._error(f"{token.text!r} is no {kind}")
        self._place += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error(f"expected {text!r}, not {self._peek() or 'the end'!r}")

    def _number(self) -> int:
        text = self._next("number").text
        try:
            return int(text, 0)
        except ValueError as e:
            raise self._error(f"{text} is no whole number") from e

    def _skip_until(self, end: str) -> None:
        while not self._take(end):
            if self._at("{"):
                self._skip_braces()
            else:
                self._next()

    def _skip_braces(self) -> None:
        self._skip_pair("{", "}")

    def _skip_brackets(self) -> None:
        self._skip_pair("[", "]")

    def _skip_pair(self, opening: str, closing: str) -> None:
        self._expect(opening)
        depth = 1
        while depth:
            text = self._next().text
            depth += (text == opening) - (text == closing)

    def _error(self, text: str) -> ProtobufError:
        place = min(self._place, len(self._tokens) - 1)
        line = self._tokens[place].line if self._tokens else 1
        return ProtobufError(f"line {line}: {text}")


def walk(messages: Mapping[str, Message], prefix: str = "") -> Iterator[tuple[str, Message]]:
    """Yield every message with its full name within the file, outer ones first."""
    for name, message in messages.items():
        yield prefix + name, message
        yield from walk(message.messages, f"{prefix}{name}.")
