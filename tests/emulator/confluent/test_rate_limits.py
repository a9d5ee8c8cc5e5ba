from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from runthrough.emulator.confluent.rate_limits import REQUESTS, RateLimit

from .conftest import Emulated

HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class Hands:
    """A clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_what_is_left_falls_and_comes_back_with_the_next_window() -> None:
    hands = Hands()
    limit = RateLimit(hands)
    first = limit.count()
    assert first == {
        "X-RateLimit-Limit": str(REQUESTS),
        "X-RateLimit-Remaining": str(REQUESTS - 1),
        "X-RateLimit-Reset": "60",
    }
    hands.now += timedelta(seconds=59.5)
    second = limit.count()
    assert (second["X-RateLimit-Remaining"], second["X-RateLimit-Reset"]) == (
        str(REQUESTS - 2),
        "1",
    )
    hands.now += timedelta(seconds=0.5)
    assert limit.count() == first


def test_nobody_is_refused_where_nothing_is_left() -> None:
    limit = RateLimit(Hands())
    for _ in range(REQUESTS + 5):
        last = limit.count()
    assert last["X-RateLimit-Remaining"] == "0"


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("cloud", "/org/v2/environments", 200),
        ("cloud", "/org/v2/environments/env-nope", 404),
        ("cloud", "/iam/v2/role-bindings", 400),
        ("cloud", "/pim/v1/integrations", 400),
        ("tableflow", "/tableflow/v1/regions", 200),
        ("flink", "/org/v2/environments", 401),
        (None, "/no/such/route", 404),
    ],
)
def test_every_answer_of_the_control_plane_has_the_headers(
    emulated: Emulated, scope: str | None, path: str, status: int
) -> None:
    with emulated.http(scope) as client:
        answer = client.get(path)
    assert answer.status_code == status
    limit, remaining, reset = (int(answer.headers[name]) for name in HEADERS)
    assert 0 <= remaining < limit
    assert 0 < reset <= 60


def test_the_data_plane_has_none(emulated: Emulated, flink: httpx.Client) -> None:
    with emulated.http("schema-registry") as registry, emulated.http("kafka") as kafka:
        for answer in (
            flink.get("/statements"),
            registry.get("/subjects"),
            kafka.get("/kafka/v3/clusters"),
        ):
            assert answer.status_code == 200
            assert not set(HEADERS) & set(answer.headers)
