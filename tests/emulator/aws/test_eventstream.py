"""Frames, judged by botocore's decoder and by the golden frames of the fact sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer, EventStreamMessage
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.eventstream import error, event, exception, frame, padding, split

# facts amazon-bedrock 2.8
MESSAGE_START = bytes.fromhex(
    "00000081000000526cc176930b3a6576656e742d7479706507000c6d6573736167655374617274"
    "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
    "0d3a6d6573736167652d747970650700056576656e74"
    "7b2270223a2261626364222c22726f6c65223a22617373697374616e74227df512a005"
)
CHUNK = bytes.fromhex(
    "0000006b0000004b6ace012d0b3a6576656e742d747970650700056368756e6b"
    "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
    "0d3a6d6573736167652d747970650700056576656e74"
    "7b226279746573223a226533303d227d3651dbfe"
)


def decode(data: bytes) -> list[EventStreamMessage]:
    """Let botocore read frames; it refuses a wrong checksum."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def test_an_event_is_written_byte_for_byte() -> None:
    assert event("messageStart", {"role": "assistant"}, padding="abcd") == MESSAGE_START


def test_a_chunk_is_written_byte_for_byte() -> None:
    assert event("chunk", {"bytes": "e30="}) == CHUNK


def test_an_exception_has_the_length_and_checksums_of_the_sheet() -> None:
    text = "Too many requests, please wait before trying again."
    written = exception("throttlingException", text)
    assert len(written) == 178
    assert written[8:12].hex() == "3590d5d3"
    assert written[-4:].hex() == "e8ffb26a"
    (message,) = decode(written)
    answer = message.to_response_dict()
    assert answer["status_code"] == 400
    assert answer["headers"][":exception-type"] == "throttlingException"
    assert json.loads(answer["body"]) == {"message": text}


def test_an_exception_carries_more_than_its_message() -> None:
    (message,) = decode(exception("modelStreamErrorException", "no", {"originalStatusCode": 500}))
    assert json.loads(message.payload) == {"message": "no", "originalStatusCode": 500}


def test_an_error_that_is_in_no_description_says_itself_in_headers() -> None:
    (message,) = decode(error("InternalError", "It broke: ü."))
    assert message.headers == {
        ":error-code": "InternalError",
        ":error-message": "It broke: ü.",
        ":message-type": "error",
    }
    assert message.payload == b""


@given(
    headers=st.dictionaries(st.text(min_size=1, max_size=60), st.text(max_size=300), max_size=6),
    payload=st.binary(max_size=4000),
)
def test_botocore_reads_every_frame_as_it_was_meant(
    headers: dict[str, str], payload: bytes
) -> None:
    (message,) = decode(frame(headers, payload))
    assert message.headers == headers
    assert message.payload == payload


@given(
    payloads=st.lists(
        st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=50), max_size=4),
        max_size=6,
    ),
    cuts=st.lists(st.integers(1, 200), max_size=20),
)
def test_frames_are_read_however_the_bytes_arrive(
    payloads: list[dict[str, Any]], cuts: list[int]
) -> None:
    data = b"".join(event("chunk", payload) for payload in payloads)
    buffer, at = EventStreamBuffer(), 0
    read = []
    for size in [*cuts, len(data)]:
        buffer.add_data(data[at : at + size])
        at += size
        read += [json.loads(message.payload) for message in buffer]
    assert read == payloads
    assert b"".join(split(data)) == data
    assert [json.loads(decode(one)[0].payload) for one in split(data)] == payloads


@given(st.binary(max_size=200))
def test_bytes_that_are_no_frames_are_split_without_end_or_error(data: bytes) -> None:
    assert data.startswith(b"".join(split(data)))


def test_half_a_frame_is_not_split_off() -> None:
    assert list(split(CHUNK + MESSAGE_START[:-1])) == [CHUNK]


def test_one_wrong_byte_is_noticed() -> None:
    spoilt = CHUNK[:-8] + bytes([CHUNK[-8] ^ 1]) + CHUNK[-7:]
    with pytest.raises(ChecksumMismatch):
        decode(spoilt)


@pytest.mark.parametrize("headers", [{"n" * 256: ""}, {"n": "v" * 65536}])
def test_a_header_that_does_not_fit_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="too long for a frame"):
        frame(headers, b"")


def test_padding_is_a_beginning_of_one_row_and_not_always_the_same() -> None:
    row = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    seen = {padding() for _ in range(500)}
    assert all(one and row.startswith(one) for one in seen)
    assert len(seen) > 10


def test_what_utf8_cannot_hold_becomes_a_question_mark() -> None:
    (message,) = decode(event("chunk", {"text": "a\ud800b"}))
    assert json.loads(message.payload) == {"text": "a?b"}
