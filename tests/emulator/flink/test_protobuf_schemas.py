from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.formats.protobuf_compatibility import protobuf_problems
from runthrough.emulator.flink.formats.protobuf_files import ProtobufError, walk
from runthrough.emulator.flink.formats.protobuf_schemas import canonical_protobuf, parse_protobuf

ORDER = """
syntax = "proto3";
package shop.v1; // a comment
import public "google/protobuf/timestamp.proto";
option java_package = "shop";
/* another
   comment */
message Order {
  option (note) = { text: "x;}" };
  reserved 7, 9 to 11;
  reserved "old";
  int64 id = 1 [deprecated = true, (rule).min = 0x1F];
  repeated Item items = 2;
  map<string, .shop.v1.Order.Item> by_name = 3;
  oneof payment { string card = 4; Cash cash = 5; }
  google.protobuf.Timestamp message = 6;
  message Item { string name = 1; }
  enum State { UNKNOWN = 0; OPEN = 1; LOST = -1; }
}
message Cash {}
service Shop { rpc Buy(Order) returns (stream Cash) { option idempotency_level = IDEMPOTENT; } }
extend google.protobuf.FieldOptions { string note = 50000; }
"""


def test_a_file_is_read() -> None:
    found = parse_protobuf(ORDER)
    assert (found.syntax, found.package) == ("proto3", "shop.v1")
    assert found.imports == ["google/protobuf/timestamp.proto"]
    assert [name for name, _ in walk(found.messages)] == ["Order", "Order.Item", "Cash"]
    order = found.messages["Order"]
    assert sorted(order.fields) == [1, 2, 3, 4, 5, 6]
    assert order.fields[3].type == "map<string, .shop.v1.Order.Item>"
    assert (order.fields[4].oneof, order.fields[2].label) == ("payment", "repeated")
    assert order.fields[6].name == "message"
    assert order.enums == {"State": {"UNKNOWN": 0, "OPEN": 1, "LOST": -1}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message {", "line 1: '{' is no name"),
        ("message M {", "ends too early"),
        ("\n\nmessage M { string a; }", "line 3: expected '='"),
        ("message M { string a = 0; }", "0 cannot be"),
        ("message M { string a = 19000; }", "19000 cannot be"),
        ("message M { string a = 1; int32 b = 1; }", "there already"),
        ("message M { string a = 1; int32 a = 2; }", "there already"),
        ("message M {} message M {}", "there already"),
        ("message M { oneof o { repeated string a = 1; } }", "no label"),
        ("message M { repeated group G = 1 { } }", "groups"),
        ("enum E {}", "no value"),
        ("enum E { A = x; }", "is no number"),
        ('syntax = "proto4";', "unknown syntax"),
        ("package a; package b;", "second package"),
        ("{}", "unexpected"),
        ("message M { string a = 1 }", "expected ';'"),
        ("§", "unexpected"),
        ("message M { string a = 1.5; }", "no whole number"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ProtobufError, match=said.replace("{", r"\{")):
        parse_protobuf(text)


@given(st.text(st.sampled_from("message enum oneof {}=;1ab<>,[]\"'/*\n-."), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        canonical = canonical_protobuf(text)
    except ProtobufError:
        return
    assert canonical_protobuf(canonical) == canonical


def message(fields: str) -> str:
    return f"message M {{ {fields} }}"


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        ("int64 b = 1;", "bool a = 1;", ""),
        ("bytes a = 1;", "string a = 1;", ""),
        ("string a = 1;", "int32 a = 1;", "M.a is string, was int32"),
        ("sint32 a = 1;", "int32 a = 1;", "was int32"),
        ("", "int32 a = 1;", ""),
        ("int32 a = 1;", "", ""),
        ("required int32 a = 1;", "", "required"),
        ("", "required int32 a = 1;", "required"),
        ("required int32 a = 1;", "optional int32 a = 1;", "required in one"),
        ("repeated int32 a = 1;", "int32 a = 1;", "repeated"),
        ("repeated string a = 1;", "string a = 1;", ""),
        ("int32 a = 1;", "oneof o { int32 a = 1; }", "left its oneof"),
        ("oneof o { int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", "left its oneof"),
        ("oneof o { int32 a = 1; }", "int32 a = 1;", ""),
        ("oneof o { int32 a = 1; int32 b = 2; }", "int32 a = 1; int32 b = 2;", "several"),
        ("", "message N { }", "M.N is not there"),
        ("message N { required int32 a = 1; }", "", "required"),
        ("enum E { A = 0; }", "enum E { B = 0; }", ""),
    ],
)
def test_a_change_is_judged(new: str, old: str, said: str) -> None:
    problems = protobuf_problems(message(new), message(old))
    assert (said in " ".join(problems)) if said else (problems == [])
