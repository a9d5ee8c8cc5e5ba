"""Every message of ours in every version that is offered: written and read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker.front.apis import OWN, Api
from runthrough.emulator.broker.front.topic_apis import TOPIC_APIS
from runthrough.emulator.broker.wire import (
    Array,
    BadFrame,
    Bytes,
    Kind,
    Maybe,
    Number,
    Reader,
    Struct,
    Text,
    varint,
)

VERSIONS = [
    pytest.param(api, version, id=f"{api.name}-{version}")
    for api in (*OWN.values(), *TOPIC_APIS.values())
    for version in range(api.last + 1)
]

TEXTS = st.text(max_size=9)


def values(kind: Kind, version: int) -> st.SearchStrategy[Any]:
    """Return values of a kind, those of absent fields as the reader gives them."""
    match kind:
        case Number(form):
            if form.format == ">?":
                return st.booleans()
            if form.format.endswith("s"):
                return st.binary(min_size=form.size, max_size=form.size)
            bound = 1 << (8 * form.size - 1)
            return st.integers(-bound, bound - 1)
        case Text(nullable):
            return TEXTS | st.none() if nullable else TEXTS
        case Bytes():
            return st.binary(max_size=300)
        case Array(of, nullable_since):
            several = st.lists(values(of, version), max_size=3)
            return several | st.none() if version >= nullable_since else several
        case Maybe(of):
            return values(of, version) | st.none()
        case Struct():
            return st.fixed_dictionaries(
                {
                    field.name: values(field.kind, version)
                    if field.is_in(version)
                    else st.just(field.default)
                    for field in kind.fields
                }
            )
    raise AssertionError(kind)


@pytest.mark.parametrize(("api", "version"), VERSIONS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(api: Api, version: int, data: st.DataObject) -> None:
    flexible = api.flexible(version)
    for message in (api.request, api.response):
        value = data.draw(values(message, version))
        written = message.write(value, version, flexible=flexible)
        reader = Reader(written)
        assert message.read(reader, version, flexible=flexible) == value
        assert reader.left == 0
        cut = data.draw(st.integers(0, max(0, len(written) - 1)))
        if written:
            with pytest.raises(BadFrame):
                message.read(Reader(written[:cut]), version, flexible=flexible)


@given(st.binary(max_size=60), st.sampled_from(VERSIONS))
def test_any_bytes_are_read_or_refused(data: bytes, case: Any) -> None:
    api, version = case.values
    try:
        found = api.read_request(Reader(data), version)
    except BadFrame:
        return
    assert set(found) == {field.name for field in api.request.fields}


@given(st.integers(0, 2**32 - 1))
def test_a_varint_is_read_again(number: int) -> None:
    assert Reader(varint(number)).varint() == number


def test_tags_that_nobody_knows_are_passed_over() -> None:
    kind = Struct()
    reader = Reader(b"\x02\x00\x01a\x05\x03xyz!")
    kind.read(reader, 0, flexible=True)
    assert reader.take(1) == b"!"
