"""Models and their versions, from SQL text to rows (facts/flink-sql-ai.md 1.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from runthrough.emulator.flink.statement_kinds import SETUP
from tests.emulator.flink.sql_bench import Desk, open_desk


class Limits:
    """Answers with the most tokens it was allowed."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        answer = str(json.loads(request.body).get("max_tokens"))
        body = {"choices": [{"message": {"content": answer}}]}
        return ModelReply(200, json.dumps(body).encode())


def create(tokens: int, comment: str = "", more: str = "") -> str:
    return (
        f"CREATE MODEL {more} m INPUT (a STRING) OUTPUT (b STRING) {comment} WITH ("
        "'provider' = 'openai', 'task' = 'text_generation', 'openai.connection' = 'c', "
        f"'openai.PARAMS.max_tokens' = '{tokens}')"
    )


@pytest.fixture
def desk() -> Iterator[Desk]:
    for desk in open_desk(Limits()):
        for sql in (*SETUP[:3], create(1)):
            desk.run(sql)
        yield desk


def answer(desk: Desk, name: str) -> str:
    [[text]] = desk.now(
        f"SELECT b FROM (VALUES ('x')) AS q(a), LATERAL TABLE(ML_PREDICT('{name}', a))"
    )
    return str(text)


def versions(desk: Desk) -> list[list[str]]:
    return [row[:2] for row in desk.run("DESCRIBE MODEL `m$all`")]


def test_a_second_create_adds_a_version_and_the_default_stays(desk: Desk) -> None:
    made = desk.submit(create(2))
    assert made.detail == "`m` with version 2 created. Default version: 1"
    assert versions(desk) == [["1", "true"], ["2", "false"]]
    assert (answer(desk, "m"), answer(desk, "m$2")) == ("1", "2")
    desk.run(create(3, more="IF NOT EXISTS"))
    assert len(versions(desk)) == 2


def test_an_eleventh_version_is_refused(desk: Desk) -> None:
    for tokens in range(2, 11):
        desk.run(create(tokens))
    assert "10 versions already" in desk.refusal(create(11))
    assert len(versions(desk)) == 10


def test_versions_differ_in_options_only(desk: Desk) -> None:
    assert "a different COMMENT" in desk.refusal(create(2, "COMMENT 'no'"))
    assert "a different INPUT" in desk.refusal(create(2).replace("a STRING", "a INT"))
    assert "a different task" in desk.refusal(create(2).replace("text_generation", "embedding"))


def test_the_default_is_chosen(desk: Desk) -> None:
    desk.run(create(2))
    desk.run("ALTER MODEL m SET ('default_version' = '2')")
    assert versions(desk) == [["1", "false"], ["2", "true"]]
    assert answer(desk, "m") == "2"
    assert "has no version 7" in desk.refusal("ALTER MODEL m SET ('DEFAULT_VERSION' = '7')")


def test_options_of_one_version_change(desk: Desk) -> None:
    desk.run(create(2))
    desk.run("ALTER MODEL `m$2` SET ('openai.params.MAX_TOKENS' = '22')")
    assert (answer(desk, "m"), answer(desk, "m$2")) == ("1", "22")
    desk.run("ALTER MODEL `m$2` RESET ('openai.params.max_tokens')")
    assert answer(desk, "m$2") == "None"
    assert "no option 'nope'" in desk.refusal("ALTER MODEL m RESET ('nope')")
    assert "'task' cannot be changed" in desk.refusal("ALTER MODEL m SET ('task' = 'embedding')")
    assert "'provider' is required" in desk.refusal("ALTER MODEL m RESET ('provider')")
    assert answer(desk, "m") == "1"


def test_a_model_is_renamed_with_all_versions(desk: Desk) -> None:
    desk.run(create(2))
    desk.run("ALTER MODEL m RENAME TO n")
    assert desk.run("SHOW MODELS") == [["n"]]
    assert answer(desk, "n$2") == "2"
    assert "does not exist" in desk.refusal("ALTER MODEL m RENAME TO o")
    desk.run("ALTER MODEL IF EXISTS m RENAME TO o")
    assert "only a model can be renamed" in desk.refusal("ALTER MODEL `n$2` RENAME TO o")


def test_the_smallest_version_left_becomes_the_default(desk: Desk) -> None:
    for tokens in (2, 3):
        desk.run(create(tokens))
    desk.run("DROP MODEL m")
    assert versions(desk) == [["2", "true"], ["3", "false"]]
    desk.run("DROP MODEL `m$3`")
    assert versions(desk) == [["2", "true"]]
    desk.run("DROP MODEL m")
    assert desk.run("SHOW MODELS") == []


def test_all_versions_are_dropped_at_once(desk: Desk) -> None:
    desk.run(create(2))
    desk.run("DROP MODEL `m$all`")
    assert desk.run("SHOW MODELS") == []
    assert "does not exist" in desk.refusal("DROP MODEL m")
    desk.run("DROP MODEL IF EXISTS m")


def test_a_description_has_blocks_of_text_and_upper_case_keys(desk: Desk) -> None:
    described = desk.submit("DESCRIBE MODEL m")
    assert described.traits is not None
    assert described.traits.columns is not None
    head = ["Inputs", "Outputs", "Options", "Comment"]
    assert [c.name for c in described.traits.columns] == head
    [[inputs, outputs, options, comment]] = desk.run("DESC MODEL m")
    assert (inputs, outputs, comment) == ("(\n  `a` STRING\n)", "(\n  `b` STRING\n)", "")
    assert "  'OPENAI.PARAMS.MAX_TOKENS' = '1'" in options.split("\n")
    [one] = desk.run("DESCRIBE MODEL `m$1`")
    assert one == ["1", "true", inputs, outputs, options, comment]
    [[text]] = desk.run("SHOW CREATE MODEL m")
    assert "'OPENAI.CONNECTION' = 'c'" in text
