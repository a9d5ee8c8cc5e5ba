"""Protobuf schemas: reading the language of `.proto` files.

Source: the public language guides of proto2 and proto3. Services, extensions and options that are
messages are read over, and said to be there; groups are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runthrough.emulator.flink.formats.protobuf_files import (
    Enum,
    Field,
    File,
    Message,
    Option,
    ProtobufError,
)

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
            if word == "edition":
                found.unread.append(f"edition {value}")
            found.syntax = value
            self._expect(";")
        while self._place < len(self._tokens):
            self._declaration(found)
        return found

    def _declaration(self, found: File) -> None:
        word = self._next().text
        if word == "import":
            modifier = self._next().text if self._peek() in ("public", "weak") else ""
            name = self._next("text").text[1:-1]
            found.imports.append(name)
            if modifier:
                found.modifiers[name] = modifier
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
            found.options.append(self._option())
            self._expect(";")
        elif word == "service" or word == "extend":
            found.unread.append(f"{word} {self._next('name').text}")
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
                found.order.append(self._peek())
                self._add(found.messages, self._message())
            elif self._is_block("enum"):
                self._next()
                self._enum(found.enums)
            elif self._is_block("oneof"):
                self._next()
                self._oneof(found)
            elif self._is_block("extend"):
                self._next()
                found.unread.append(f"extend {self._next('name').text}")
                self._skip_braces()
            elif self._take("option"):
                found.options.append(self._option())
                self._expect(";")
            elif self._take("reserved"):
                found.reserved += self._reserved()
            elif self._at("extensions"):
                found.unread.append("extensions")
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
            if self._take("option"):
                message.unread.append(f"the option {self._option()[0]} of a oneof")
                self._expect(";")
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
        options = self._options()
        self._expect(";")
        made = Field(name, number, kind, label, oneof, options)
        message.fields[number] = made
        if made.is_map:
            message.order.append(made.entry)

    def _enum(self, enums: dict[str, Enum]) -> None:
        name, values = self._next("name").text, Enum()
        if name in enums:
            raise self._error(f"{name} is there already")
        self._expect("{")
        while not self._take("}"):
            if self._take(";"):
                continue
            if self._take("option"):
                values.options.append(self._option())
                self._expect(";")
                continue
            if self._take("reserved"):
                values.reserved += self._reserved()
                continue
            value = self._next("name").text
            self._expect("=")
            sign = -1 if self._take("-") else 1
            if value in values:
                raise self._error(f"{value} is there already")
            values[value] = sign * self._number()
            values.of_values[value] = self._options()
            self._expect(";")
        if not values:
            raise self._error(f"the enum {name} has no value")
        enums[name] = values

    # --- options and reserved names -------------------------------------------------------------

    def _options(self) -> tuple[Option, ...]:
        """Read `[name = value, …]`, which need not be there."""
        found: list[Option] = []
        if not self._take("["):
            return ()
        while not found or self._take(","):
            found.append(self._option())
        self._expect("]")
        return tuple(found)

    def _option(self) -> Option:
        name = ""
        while not self._take("="):
            name += self._next().text
        return name, self._value()

    def _value(self) -> str:
        """Read a value as written: a word, a number with its sign, texts, or a message."""
        if self._at("{"):
            begin = self._place
            self._skip_braces()
            return " ".join(token.text for token in self._tokens[begin : self._place])
        sign = self._next().text if self._peek() in ("-", "+") else ""
        value = sign + self._next().text
        while self._tokens[self._place : self._place + 1] and self._tokens[self._place].kind == (
            "text"
        ):
            value += " " + self._next().text
        return value

    def _reserved(self) -> list[str]:
        found, words = [], list[str]()
        while True:
            word = self._next().text
            if word in (",", ";"):
                found.append(" ".join(words).replace("- ", "-"))
                words = []
                if word == ";":
                    return found
            else:
                words.append(word)

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
