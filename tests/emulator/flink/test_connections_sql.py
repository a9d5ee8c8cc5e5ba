"""Connections by SQL: replaced, altered, shown, described (facts/flink-sql-ai.md 1.8, 3.2)."""

from __future__ import annotations

import pytest

from tests.emulator.flink.sql_bench import Desk

URL = "https://api.openai.com/v1/chat/completions"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.run(create("c", "first"))
    return desk


def create(name: str, key: str, how: str = "CREATE", url: str = URL) -> str:
    return (
        f"{how} CONNECTION {name} COMMENT 'mine' WITH "
        f"('type' = 'openai', 'endpoint' = '{url}', 'api-key' = '{key}')"
    )


def key(desk: Desk) -> str:
    connection = desk.engine.connections.get("c")
    assert connection is not None
    return connection.secrets["API_KEY"].get_secret_value()


def test_replacing_changes_everything(desk: Desk) -> None:
    assert "already exists" in desk.refusal(create("c", "second"))
    desk.run(create("c", "second", "CREATE OR REPLACE", "https://other.example/v1"))
    assert key(desk) == "second"
    [[_, _, endpoint, _]] = desk.run("DESCRIBE CONNECTION c")
    assert endpoint == "https://other.example/v1"
    desk.run(create("d", "new", "CREATE OR REPLACE"))
    assert desk.run("SHOW CONNECTIONS") == [["c"], ["d"]]


def test_a_replacement_that_is_refused_leaves_the_old_one(desk: Desk) -> None:
    assert "must be an https address" in desk.refusal(create("c", "x", "CREATE OR REPLACE", "ftp:"))
    assert key(desk) == "first"


def test_only_credentials_change(desk: Desk) -> None:
    desk.run("ALTER CONNECTION c SET ('API-KEY' = 'second')")
    assert key(desk) == "second"
    desk.run("ALTER CONNECTION c SET ('api_key' = 'third')")
    assert key(desk) == "third"
    for fixed in ("type", "endpoint"):
        text = desk.refusal(f"ALTER CONNECTION c SET ('{fixed}' = 'x', 'api-key' = 'no')")
        assert f"'{fixed}' of connection 'c' cannot be changed" in text
    text = desk.refusal("ALTER CONNECTION c SET ('password' = 'x')")
    assert text == "'password' is invalid for connection openai."
    assert key(desk) == "third"


def test_one_of_several_credentials_changes_alone(desk: Desk) -> None:
    desk.run(
        "CREATE CONNECTION m WITH ('type' = 'mongodb', 'endpoint' = 'mongodb+srv://x.example', "
        "'username' = 'ann', 'password' = 'old')"
    )
    desk.run("ALTER CONNECTION m SET ('password' = 'new')")
    made = desk.engine.connections.get("m")
    assert made is not None
    assert {k: v.get_secret_value() for k, v in made.secrets.items()} == {
        "USERNAME": "ann",
        "PASSWORD": "new",
    }


def test_a_connection_that_is_not_there(desk: Desk) -> None:
    assert "does not exist" in desk.refusal("ALTER CONNECTION x SET ('api-key' = 'a')")
    desk.run("ALTER CONNECTION IF EXISTS x SET ('api-key' = 'a')")
    assert "does not exist" in desk.refusal("DROP CONNECTION x")
    desk.run("DROP CONNECTION IF EXISTS x")
    desk.run("DROP CONNECTION c")
    assert desk.run("SHOW CONNECTIONS") == []


def test_a_secret_has_at_most_4000_bytes(desk: Desk) -> None:
    desk.run(f"ALTER CONNECTION c SET ('api-key' = '{'ü' * 2000}')")
    text = desk.refusal(f"ALTER CONNECTION c SET ('api-key' = '{'ü' * 2000}a')")
    assert "longer than 4000 bytes" in text


def test_no_secret_is_ever_shown(desk: Desk) -> None:
    altered = desk.submit("ALTER CONNECTION c SET ('api-key' = 'hidden')")
    assert "hidden" not in altered.sql
    assert "******" in altered.sql
    assert desk.run("DESCRIBE CONNECTION c") == [["c", "OPENAI", URL, "mine"]]
    assert "hidden" not in str(desk.run("SHOW JOBS"))
