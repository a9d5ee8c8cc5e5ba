"""The workshop's commonest failure: the session behind the connection ends in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from runthrough.clients.bedrock import Bedrock
from runthrough.clients.flink import Flink, Phase
from runthrough.emulator.server import serve
from runthrough.errors import ServiceError
from runthrough.settings import Settings

ENDED = "The security token included in the request is expired"
CONNECTION = """CREATE CONNECTION c WITH (
  'type' = 'bedrock',
  'endpoint' = 'https://bedrock-runtime.{AWS_REGION}.amazonaws.com/model/{BEDROCK_MODEL_ID}/invoke',
  'aws-access-key' = '{AWS_ACCESS_KEY_ID}',
  'aws-secret-key' = '{AWS_SECRET_ACCESS_KEY}',
  'aws-session-token' = '{AWS_SESSION_TOKEN}'
)"""
MODEL = """CREATE MODEL m INPUT (prompt STRING) OUTPUT (answer STRING) WITH (
  'provider' = 'bedrock', 'task' = 'text_generation', 'bedrock.connection' = 'c'
)"""
ASK = "SELECT answer FROM (VALUES ('1+1')) AS t(q), LATERAL TABLE(ML_PREDICT('m', q))"


class Hours:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.passed = 0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.passed)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def exports(hours: Hours) -> Iterator[dict[str, str]]:
    with serve(clock=hours) as running:
        yield running.exports


def test_a_statement_fails_with_bedrocks_words_once_the_session_is_over(
    exports: dict[str, str], hours: Hours
) -> None:
    with closing(Flink.from_settings(Settings.read(exports))) as flink:
        for sql in (CONNECTION.format(**exports), MODEL):
            assert flink.submit(sql).phase is Phase.COMPLETED
        assert flink.query(ASK).rows
        hours.passed = 13
        failed = flink.submit(ASK)
        assert failed.phase is Phase.FAILED
        assert "403" in failed.detail
        assert ENDED in failed.detail
        assert any(ENDED in message for message in flink.exceptions(failed.name))


def test_bedrock_itself_says_the_same(exports: dict[str, str], hours: Hours) -> None:
    with closing(Bedrock.from_settings(Settings.read(exports))) as bedrock:
        assert "2" in bedrock.converse("1+1").text
        hours.passed = 13
        with pytest.raises(ServiceError, match=ENDED) as caught:
            bedrock.converse("1+1")
    assert (caught.value.status, caught.value.code) == (403, "ExpiredTokenException")
