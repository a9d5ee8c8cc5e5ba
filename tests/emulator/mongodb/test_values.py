"""Values of MongoDB, as the columns of external tables read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import bson
import pytest
from bson.binary import Binary, BinaryVectorDtype
from bson.decimal128 import Decimal128

from runthrough.emulator.flink.running.model_values import from_json
from runthrough.emulator.flink.types import BIGINT, DOUBLE, STRING, FlinkType, array
from runthrough.emulator.mongodb.values import as_json

FLOATS = array(FlinkType("FLOAT"))
WHEN = datetime(2026, 3, 1, 12, 30)


@pytest.mark.parametrize(
    ("value", "type_", "wanted"),
    [
        (bson.ObjectId("0123456789abcdef01234567"), STRING, "0123456789abcdef01234567"),
        (bson.Int64(2**40), BIGINT, 2**40),
        (1.5, DOUBLE, 1.5),
        (Decimal128("1.50"), FlinkType("DECIMAL", precision=5, scale=2), Decimal("1.50")),
        (WHEN, FlinkType("TIMESTAMP_LTZ", precision=3), WHEN.replace(tzinfo=UTC)),
        (Binary(b"ab"), FlinkType("VARBINARY"), b"ab"),
        (Binary(b"ab", 5), FlinkType("VARBINARY"), b"ab"),
        (Binary.from_vector([1.0, 0.5], BinaryVectorDtype.FLOAT32), FLOATS, [1.0, 0.5]),
        (Binary.from_vector([1, -2], BinaryVectorDtype.INT8), FLOATS, [1.0, -2.0]),
        ([1.0, 2, bson.Int64(3)], FLOATS, [1.0, 2.0, 3.0]),
        (None, STRING, None),
    ],
)
def test_a_value_goes_into_its_column(value: Any, type_: FlinkType, wanted: Any) -> None:
    read = bson.decode(bson.encode({"a": value}))["a"]
    assert from_json(as_json(read), type_, "a") == wanted


def test_documents_and_lists_are_gone_through() -> None:
    one = bson.ObjectId()
    assert as_json({"a": {"b": [one, True, "c"]}}) == {"a": {"b": [str(one), True, "c"]}}


def test_what_json_has_no_word_for_is_text() -> None:
    assert as_json(bson.MaxKey()) == "MaxKey()"
