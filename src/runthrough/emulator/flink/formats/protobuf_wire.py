"""Protobuf's wire format: numbered fields in bytes.

Source: the public guide to Protobuf's encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

from runthrough.emulator.flink.formats.protobuf_files import ProtobufError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}


def read_fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number of each field and its value: of a varint a number, else its bytes.

    Raises:
        ProtobufError: the bytes end too early, or hold what is no field.
    """
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise ProtobufError(f"byte {place}: no field has the number 0")
        if kind == VARINT:
            value, place = _varint(data, place)
            yield number, value
            continue
        if kind == BYTES:
            length, place = _varint(data, place)
        elif kind in _WIDTHS:
            length = _WIDTHS[kind]
        else:
            raise ProtobufError(f"byte {place}: {kind} is no kind of field")
        if place + length > len(data):
            raise ProtobufError(f"byte {place}: the bytes end too early")
        yield number, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ProtobufError(f"byte {place}: the bytes end too early")
        value |= (data[place] & 0x7F) << shift
        place += 1
        if not data[place - 1] & 0x80:
            return value & (2**64 - 1), place
    raise ProtobufError(f"byte {place}: a number of more than 64 bits")


def signed(value: int) -> int:
    """Return the number a varint of a signed type stands for."""
    return value - 2**64 if value >= 2**63 else value


def varint(number: int, value: int) -> bytes:
    """Return a field that is a number; a negative one takes ten bytes."""
    return _written(number << 3 | VARINT) + _written(value % 2**64)


def chunk(number: int, value: bytes | str) -> bytes:
    """Return a field that is bytes, a text or a message."""
    data = value.encode() if isinstance(value, str) else value
    return _written(number << 3 | BYTES) + _written(len(data)) + data


def _written(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
