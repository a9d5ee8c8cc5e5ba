"""Protobuf schemas: the options that `descriptor.proto` knows, in texts and in descriptors.

Source: the public `descriptor.proto`. Options that somebody else has defined, and those that are
messages, are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from runthrough.emulator.flink.formats.protobuf_files import Option, ProtobufError
from runthrough.emulator.flink.formats.protobuf_wire import chunk, read_fields, varint

Words = Mapping[str, int]
Known = Mapping[str, tuple[int, type | Words]]
"""Name → its number, and whether it is a `bool`, a `str` or one of some words."""

FILE: Known = {
    "java_package": (1, str),
    "java_outer_classname": (8, str),
    "optimize_for": (9, {"SPEED": 1, "CODE_SIZE": 2, "LITE_RUNTIME": 3}),
    "java_multiple_files": (10, bool),
    "go_package": (11, str),
    "cc_generic_services": (16, bool),
    "java_generic_services": (17, bool),
    "py_generic_services": (18, bool),
    "java_generate_equals_and_hash": (20, bool),
    "deprecated": (23, bool),
    "java_string_check_utf8": (27, bool),
    "cc_enable_arenas": (31, bool),
    "objc_class_prefix": (36, str),
    "csharp_namespace": (37, str),
    "swift_prefix": (39, str),
    "php_class_prefix": (40, str),
    "php_namespace": (41, str),
    "php_metadata_namespace": (44, str),
    "ruby_package": (45, str),
}
MESSAGE: Known = {
    "message_set_wire_format": (1, bool),
    "no_standard_descriptor_accessor": (2, bool),
    "deprecated": (3, bool),
}
FIELD: Known = {
    "ctype": (1, {"STRING": 0, "CORD": 1, "STRING_PIECE": 2}),
    "packed": (2, bool),
    "deprecated": (3, bool),
    "lazy": (5, bool),
    "jstype": (6, {"JS_NORMAL": 0, "JS_STRING": 1, "JS_NUMBER": 2}),
    "weak": (10, bool),
    "debug_redact": (16, bool),
}
ENUM: Known = {"allow_alias": (2, bool), "deprecated": (3, bool)}
ENUM_VALUE: Known = {"deprecated": (1, bool)}

_FLAGS = {"true": 1, "false": 0}
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"?])|[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3}))")
_SHORT = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


def encode(options: Iterable[Option], known: Known) -> bytes:
    """Return the message of options.

    Raises:
        KeyError: one is not known.
        ProtobufError: a value cannot be.
    """
    found = b""
    for name, value in options:
        number, kind = known[name]
        if kind is str:
            found += chunk(number, unquoted(value))
            continue
        words = _FLAGS if kind is bool else kind
        if not isinstance(words, Mapping) or value not in words:
            raise ProtobufError(f"the option {name} cannot be {value}")
        found += varint(number, words[value])
    return found


def decode(data: bytes, known: Known) -> list[Option]:
    """Return the options of a message of them. Raises KeyError: one is not known."""
    names = {number: (name, kind) for name, (number, kind) in known.items()}
    found = []
    for number, value in read_fields(data):
        name, kind = names[number]
        if isinstance(value, bytes):
            found.append((name, quoted(text_of(value))))
        else:
            words = _FLAGS if kind is bool else kind
            by_number = {n: word for word, n in words.items()} if isinstance(words, Mapping) else {}
            if value not in by_number:
                raise ProtobufError(f"the option {name} cannot be {value}")
            found.append((name, by_number[value]))
    return found


def text_of(value: int | bytes) -> str:
    """Return a field's text. Raises ProtobufError: it is none."""
    if isinstance(value, int):
        raise ProtobufError(f"{value} stands where a text belongs")
    try:
        return value.decode()
    except UnicodeDecodeError as e:
        raise ProtobufError(f"a text is not UTF-8: {e.reason}") from e


def quoted(text: str) -> str:
    """Return a text as a `.proto` file writes it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{plain}"'


def unquoted(written: str) -> str:
    """Return what one or several texts of a `.proto` file stand for, put together.

    Raises:
        ProtobufError: they are no texts.
    """
    if not re.fullmatch(rf"(?:{_TEXT.pattern}|\s)+", written, re.DOTALL):
        raise ProtobufError(f"{written} is no text")
    inside = b"".join(_unescaped(one or other) for one, other in _TEXT.findall(written))
    return text_of(inside)


def _unescaped(text: str) -> bytes:
    found, place = b"", 0
    for escape in _ESCAPE.finditer(text):
        found += text[place : escape.start()].encode()
        letter, hexadecimal, octal = escape.groups()
        if letter:
            found += bytes([_SHORT.get(letter, ord(letter))])
        else:
            found += bytes([int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF])
        place = escape.end()
    return found + text[place:].encode()
