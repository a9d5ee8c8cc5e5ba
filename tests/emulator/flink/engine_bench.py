"""An engine whose planner answers with the command it is handed, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.catalog import Column, Mode, Model, Session, Table
from runthrough.emulator.flink.engine import Engine, Execution, Place
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import (
    Command,
    CreateConnection,
    CreateTable,
    Insert,
    Kind,
    Query,
    Select,
    Source,
    SqlStage,
)
from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from runthrough.emulator.flink.types import BIGINT, STRING
from tests.waiting import LIMIT_SECONDS

PLACE = Place("org-1", "env-1", "workshop", (("lkc-1", "river"), ("lkc-2", "other")))
SESSION = Session("env-1", "river")
ALL: frozenset[Kind] = frozenset({"I", "UB", "UA", "D"})
ENDPOINT = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-x/invoke"


def path(name: str) -> tuple[str, str, str]:
    return ("workshop", "river", name)


def table(name: str, mode: Mode = "append", **options: str) -> Table:
    key = ("k",) if mode == "upsert" else ()
    k = Column("k", STRING.not_null() if key else STRING)
    return Table(path(name), (k, Column("n", BIGINT)), mode, key, key, 3, options=options)


def scan(source: Table, where: str = "TRUE", **other: Any) -> Query:
    """SELECT k, n FROM source WHERE …"""
    sql = f'SELECT "k", "n" FROM "src" WHERE {where}'
    insert_only = source.mode == "append"
    return Query(
        (SqlStage("out", sql),),
        (Source("src", source),),
        (Column("k", STRING), Column("n", BIGINT)),
        changelog=frozenset({"I"}) if insert_only else ALL,
        stateless=insert_only,
        **other,
    )


def count_by_key(source: Table) -> Query:
    """SELECT k, COUNT(*) AS n FROM source GROUP BY k"""
    sql = 'SELECT "k", count(*) AS "n", "k" AS "__g0" FROM "src" GROUP BY "k" ORDER BY "k"'
    return Query(
        (SqlStage("out", sql),),
        (Source("src", source),),
        (Column("k", STRING), Column("n", BIGINT.not_null())),
        changelog=ALL if source.mode != "append" else frozenset({"I", "UB", "UA"}),
        upsert_key=(0,),
        identity=("__g0",),
    )


def values(*rows: tuple[str | None, int | None]) -> Query:
    listed = ", ".join(
        f"({'NULL' if k is None else repr(k)}, {'NULL' if n is None else n})" for k, n in rows
    )
    sql = f'SELECT * FROM (VALUES {listed}) AS t("k", "n")'
    columns = (Column("k", STRING), Column("n", BIGINT))
    return Query((SqlStage("out", sql),), (), columns, frozenset({"I"}), bounded=True)


class Provider:
    """Answers model calls; `status` other than 200 refuses."""

    def __init__(self) -> None:
        self.status, self.prompts = 200, list[str]()

    def invoke(self, request: ModelRequest) -> ModelReply:
        self.prompts.append(json.loads(request.body)["messages"][0]["content"])
        if self.status != 200:
            return ModelReply(self.status, b'{"message":"The security token is expired"}')
        answer = {"content": [{"text": self.prompts[-1].upper()}]}
        return ModelReply(200, json.dumps({**answer, "usage": {"input_tokens": 1}}).encode())


class Bench:
    """An engine whose planner answers with the command handed to `run`."""

    def __init__(self) -> None:
        self.broker, self.schemas, self.provider = Broker(), SchemaStore(), Provider()
        self.now = datetime(2026, 1, 15, tzinfo=UTC)
        self._commands: dict[str, Command | Exception] = {}
        self.broker.start()
        self.engine = Engine(
            PLACE,
            broker=self.broker,
            schemas=self.schemas,
            provider=self.provider,
            clock=lambda: self.now,
            plan=self._plan,
        )
        self.engine.start()

    def _plan(self, sql: str, session: Session, catalog: object) -> Command:
        command = self._commands[sql]
        if isinstance(command, Exception):
            raise command
        return command

    def submit(
        self, command: Command | Exception, *, name: str = "", session: Session = SESSION
    ) -> Execution:
        number = len(self._commands)
        self._commands[f"sql {number}"] = command
        execution = self.engine.submit(name or f"statement-{number}", f"sql {number}", session)
        execution.wait(LIMIT_SECONDS)
        return execution

    def run(self, command: Command) -> Execution:
        execution = self.submit(command)
        execution.wait_for_end(LIMIT_SECONDS)
        assert execution.phase == "COMPLETED", execution.detail
        return execution

    def create(self, *tables: Table) -> None:
        for t in tables:
            self.run(CreateTable(t))

    def insert(self, t: Table, *rows: tuple[str | None, int | None]) -> None:
        self.run(Insert(t, values(*rows)))

    def snapshot(self, query: Query) -> list[list[Any]]:
        execution = self.submit(Select(query), session=replace(SESSION, snapshot=True))
        execution.wait_for_end(LIMIT_SECONDS)
        assert execution.phase == "COMPLETED", execution.detail
        assert all(op == 0 for op, _ in execution.results(0, 10_000).rows)
        return [row for _, row in execution.results(0, 10_000).rows]


def open_bench() -> Iterator[Bench]:
    """Yield a bench and close it: the body of a fixture."""
    bench = Bench()
    yield bench
    bench.engine.close()
    bench.broker.close()


CONNECTION = CreateConnection(
    "c",
    {
        "type": "bedrock",
        "endpoint": ENDPOINT,
        "aws-access-key": "AKIAEXAMPLE",
        "aws-secret-key": "very-secret",
    },
)


def model(**options: str) -> Model:
    given = {"provider": "bedrock", "task": "text_generation", "bedrock.connection": "c"}
    return Model(path("m"), (Column("prompt", STRING),), (Column("s", STRING),), given | options)
