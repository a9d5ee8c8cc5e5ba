"""Protobuf schemas in their binary form; protobuf itself reads it in tests/clients."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.formats.protobuf_descriptors import (
    UnreadError,
    descriptor_bytes,
    is_descriptor,
    write_descriptor,
)
from runthrough.emulator.flink.formats.protobuf_files import ProtobufError, full_names, resolved
from runthrough.emulator.flink.formats.protobuf_options import quoted, unquoted
from runthrough.emulator.flink.formats.protobuf_reader import read_descriptor
from runthrough.emulator.flink.formats.protobuf_schemas import parse_protobuf
from runthrough.emulator.flink.formats.protobuf_texts import write_protobuf
from runthrough.emulator.flink.formats.protobuf_wire import chunk, read_fields, signed, varint

PROTO2 = """syntax = "proto2";
package shop;

import public "a.proto";
import "b.proto";

option java_package = "example.\\"shop\\"";
option optimize_for = SPEED;
option deprecated = true;

message Order {
  option deprecated = true;
  reserved 7;
  reserved 9 to 11;
  reserved 100 to max;
  reserved "old";
  required int64 id = 1 [default = -5, deprecated = true];
  optional string note = 2 [default = "a\\"b\\\\c", json_name = "remark"];
  repeated .shop.Order.Item items = 3 [packed = false];
  message Item {
    optional bytes raw = 1 [default = "\\001x"];
  }
  map<string, .shop.Order.Item> by_name = 4;
  oneof payment {
    string card = 5;
    other.Cash cash = 6;
  }
  message Last {
  }
  enum State {
    option allow_alias = true;
    reserved -9 to -3;
    reserved "GONE";
    UNKNOWN = 0;
    NONE = 0 [deprecated = true];
    LOST = -1;
  }
}

enum Colour {
  RED = 0;
}
"""


def there_and_back(text: str) -> str:
    return write_protobuf(read_descriptor(descriptor_bytes(write_descriptor(parse_protobuf(text)))))


def test_a_file_goes_there_and_back() -> None:
    """Messages stay in their order, by which records name them."""
    assert there_and_back(PROTO2) == PROTO2


def test_presence_is_said_in_proto3_only() -> None:
    text = 'syntax = "proto3";\n\nmessage M {\n  int32 a = 1;\n  optional int32 b = 2;\n}\n'
    assert there_and_back(text) == text
    assert "optional int32 a" in there_and_back(text.replace("proto3", "proto2"))


def test_a_name_is_looked_for_from_inside_out() -> None:
    names = full_names(
        parse_protobuf(
            "package p; message A { message B {} message C { message B {} } enum E {X=0;} }"
        )
    )
    assert resolved("B", "p.A.C", names) == ".p.A.C.B"
    assert resolved("B", "p.A", names) == ".p.A.B"
    assert resolved("A.E", "p.A.C", names) == ".p.A.E"
    assert resolved(".q.B", "p.A", names) == ".q.B"
    assert resolved("google.protobuf.Any", "p.A", names) == "google.protobuf.Any"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("service S { rpc A(B) returns (B); }", "service S"),
        ("extend M { optional int32 a = 100; }", "extend M"),
        ("message M { extensions 100 to 199; }", "extensions"),
        ("message M { oneof o { option (x) = 1; int32 a = 1; } }", "option (x) of a oneof"),
        ("option (note) = { text: 'x;}' };", "option (note)"),
        ("message M { int32 a = 1 [(rule).min = 0x1F]; }", "option (rule).min"),
        ('edition = "2023"; message M {}', "edition 2023"),
    ],
)
def test_what_the_binary_form_has_not_here_is_named(text: str, named: str) -> None:
    with pytest.raises(UnreadError) as caught:
        write_descriptor(parse_protobuf(text))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "describes nothing"),
        (b"\0\0", "no field has the number 0"),
        (chunk(6, chunk(1, "S")), "a service"),
        (chunk(7, b""), "an extension"),
        (chunk(4, chunk(1, "M") + chunk(5, b"")), "an extension"),
        (chunk(4, chunk(1, "M") + chunk(2, chunk(1, "f") + varint(5, 10))), "a group"),
        (chunk(4, chunk(1, "M") + chunk(2, chunk(1, "f") + varint(5, 5))), "no name, type or"),
        (chunk(4, chunk(1, "M") + chunk(7, varint(1088, 1))), "the option 1088 of a message"),
        (chunk(4, chunk(1, b"\xff")), "not UTF-8"),
        (varint(4, 1), "stands where a message belongs"),
        (chunk(3, "x") + varint(10, 7), "no import 7"),
        (b"\x0a\x05ab", "too early"),
        (b"\x0b", "3 is no kind of field"),
        (b"\xff" * 11, "more than 64 bits"),
    ],
)
def test_what_is_no_descriptor_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ProtobufError, match=said):
        read_descriptor(data)


def test_messages_do_not_lie_endlessly_in_each_other() -> None:
    data = chunk(1, "M")
    for _ in range(200):
        data = chunk(1, "M") + chunk(3, data)
    with pytest.raises(ProtobufError, match="too deep"):
        read_descriptor(chunk(4, data))


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        read_descriptor(data)
    except ProtobufError:
        return


def test_a_text_is_told_from_a_descriptor() -> None:
    assert not is_descriptor("message M {}")
    assert not is_descriptor('syntax="proto3";')
    assert is_descriptor(write_descriptor(parse_protobuf("message M {}")))
    assert is_descriptor(base64.encodebytes(b"x" * 100).decode())
    with pytest.raises(ProtobufError, match=r"neither a \.proto file nor base64"):
        descriptor_bytes("abcde")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_text_survives_its_quotation(text: str) -> None:
    assert unquoted(quoted(text)) == text


def test_texts_are_put_together_and_unescaped() -> None:
    assert unquoted('"a\\tb" \'c"\\x41\\102\'') == 'a\tbc"AB'
    with pytest.raises(ProtobufError, match="is no text"):
        unquoted("5")


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), st.integers(-(2**63), 2**63 - 1))))
def test_numbers_survive_the_wire(pairs: list[tuple[int, int]]) -> None:
    data = b"".join(varint(number, value) for number, value in pairs)
    read = [(n, signed(v)) for n, v in read_fields(data) if isinstance(v, int)]
    assert read == pairs


# --- files at random ----------------------------------------------------------------------------

KINDS = st.sampled_from(
    ["int32", "string", "bytes", "M0", "M1.I", "E", ".other.Type", "map<string, M0>"]
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Draw a file of proto3: two messages, one within, maps, groups of which one is set."""
    lines = ['syntax = "proto3";', "package a.b;"]
    for number in range(2):
        fields = []
        for place, kind in enumerate(draw(st.lists(KINDS, max_size=6)), 1):
            is_map = kind.startswith("map")
            label = "" if is_map else draw(st.sampled_from(["", "repeated ", "optional "]))
            fields.append(f"{label}{kind} f_{place} = {place};")
        inner = "message I { string one = 1; }"
        at = draw(st.integers(0, len(fields)))
        fields.insert(at, inner)
        lines.append(f"message M{number} {{ {' '.join(fields)} }}")
    return "\n".join([*lines, "enum E { A = 0; }"])


@settings(max_examples=60)
@given(files())
def test_any_file_goes_there_and_back_the_same(text: str) -> None:
    once = there_and_back(text)
    assert there_and_back(once) == once
    before, after = parse_protobuf(text), parse_protobuf(once)
    for name, message in before.messages.items():
        assert after.messages[name].order == message.order
        kept = {n: (f.name, f.label, f.is_map) for n, f in after.messages[name].fields.items()}
        assert kept == {n: (f.name, f.label, f.is_map) for n, f in message.fields.items()}
