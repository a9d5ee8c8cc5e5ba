from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from runthrough.emulator.faults.requests import KEPT, RequestLog, key_id


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("", ""),
        (basic("RTCLOUDKEY000001:a-secret"), "RTCLOUDKEY000001"),
        (basic("a-secret-in-the-wrong-place:RTCLOUDKEY000001"), "(not of a key's form)"),
        ("Basic %%%", "(not of a key's form)"),
        ("Bearer a.secret.token", "(bearer token)"),
        (
            "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE0000001/20260304/us-east-1/bedrock/aws4_request"
            ", SignedHeaders=host, Signature=abc",
            "AKIAEXAMPLE0000001",
        ),
        ("AWS4-HMAC-SHA256 nonsense", "(not of a key's form)"),
        ("Digest a-secret", "(not of a key's form)"),
    ],
)
def test_the_id_of_a_key_is_all_that_is_kept_of_it(header: str, shown: str) -> None:
    assert key_id(header) == shown


def fill(log: RequestLog, count: int) -> None:
    for _ in range(count):
        log.add(
            at=datetime(2026, 3, 4, tzinfo=UTC),
            method="GET",
            path="/subjects/a/versions",
            place=None,
            status=200,
            seconds=0.0015,
            authorization="",
            fault="",
        )


def test_the_ring_forgets_the_oldest() -> None:
    log = RequestLog()
    fill(log, KEPT + 3)
    entries = log.entries()
    assert (len(entries), entries[0].number, entries[-1].number) == (KEPT, 4, KEPT + 3)
    first = entries[0]
    assert (first.route, first.family) == ("/subjects/{subject}/versions", "Schema Registry")
    assert (first.at, first.duration_ms) == ("2026-03-04T00:00:00.000000Z", 1.5)


def test_a_reader_goes_on_where_it_was() -> None:
    log = RequestLog()
    fill(log, 5)
    assert [e.number for e in log.entries(after=2, limit=2)] == [3, 4]
    log.clear()
    fill(log, 1)
    assert [e.number for e in log.entries()] == [1]
