"""The list of what is emulated says everything once, and nothing that is not so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

import pytest

from runthrough.emulator.aws.operations import OPERATIONS
from runthrough.emulator.confluent.routes import ROUTES
from runthrough.emulator.faults.own import OWN_ROUTES
from runthrough.emulator.flink.bind.changelog_calls import FUNCTIONS as CHANGELOG_FUNCTIONS
from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.functions import table as functions
from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.functions.over import OVER_FUNCTIONS
from runthrough.emulator.flink.parse.clauses import CLAUSES, Clause
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planner import plan
from runthrough.emulator.flink.statement_kinds import KINDS
from runthrough.emulator.listing import Listed, everything
from tests.emulator.flink.planner_catalog import (
    CATALOG,
    DATABASE,
    SESSION,
    SNAPSHOT,
    MemoryCatalog,
    columns,
    query_of,
    table,
)
from tests.emulator.flink.sql_bench import Desk, open_desk

ABK = "id INT NOT NULL; k STRING; v INT"
IN_THE_GRAMMAR = {"GROUPING", "GROUPING_ID", "UNNEST", *CHANGELOG_FUNCTIONS}
"""Functions that the table of functions lacks because they are more than calls."""
EVERYTHING = everything()
BY_NAME = {(one.group, one.name): one for one in EVERYTHING}


def named(name: str) -> list[Listed]:
    """Return the functions of a name."""
    return [one for one in EVERYTHING if one.name == name and "functions" in one.group.lower()]


@pytest.fixture
def catalog() -> MemoryCatalog:
    """The tables and the model the samples speak of."""
    found = MemoryCatalog().add(
        table("a", ABK),
        table("b", ABK),
        table("u", ABK, "upsert", ["id"]),
        table("l", f"{ABK}; tags ARRAY<STRING>"),
    )
    path = (CATALOG, DATABASE, "m")
    options = {"provider": "bedrock", "task": "text_generation", "bedrock.connection": "c"}
    found.models["m"] = Model(path, columns("k STRING"), columns("answer STRING"), options)
    return found


def test_nothing_is_listed_twice() -> None:
    names = Counter((one.group, one.name) for one in EVERYTHING)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_kind_of_statement_is_listed_in_the_order_of_its_table() -> None:
    listed = [one for one in EVERYTHING if one.group == "Statements"]
    assert [one.name for one in listed] == [kind.name for kind in KINDS]
    for one, kind in zip(listed, KINDS, strict=True):
        assert one.form == kind.form
        assert one.state == kind.state


def test_groups_stand_together() -> None:
    groups = [group for group, _ in groupby(EVERYTHING, lambda one: one.group)]
    assert len(groups) == len(set(groups))


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (functions.SCALARS, "emulated"),
        (functions.AGGREGATES, "emulated"),
        (functions.FORMS, "emulated"),
        (functions.MODEL_FUNCTIONS, "emulated"),
        (functions.SEARCH_FUNCTIONS, "emulated"),
        (functions.MANAGED_FUNCTIONS, "emulated"),
        (OVER_FUNCTIONS, "emulated"),
        (ORDERED, "emulated"),
        (IN_THE_GRAMMAR, "emulated"),
        (functions.REFUSED_ON_CLOUD - set(functions.FORMS), "refused as on the cloud"),
        (functions.ELSEWHERE - IN_THE_GRAMMAR, "not emulated"),
    ],
)
def test_every_function_of_the_tables_is_listed_once(names: set[str], state: str) -> None:
    found = {name: [one.state for one in named(name)] for name in names}
    assert found == {name: [state] for name in names}


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
def test_a_clause_is_planned_or_refused_as_listed(clause: Clause, catalog: MemoryCatalog) -> None:
    session = SNAPSHOT if clause.snapshot else SESSION
    if clause.state == "emulated":
        assert query_of(catalog, clause.sample, session).columns
        return
    with pytest.raises(SqlError) as caught:
        query_of(catalog, clause.sample, session)
    assert str(caught.value).startswith("not emulated: ") == (clause.state == "not emulated")


REFUSED = [
    one
    for one in EVERYTHING
    if "unctions" in one.group and one.state != "emulated" and one.name != "APPROX_COUNT_DISTINCT"
]


@pytest.mark.parametrize("listed", REFUSED, ids=lambda one: one.name)
def test_a_function_that_is_listed_as_refused_is(listed: Listed, catalog: MemoryCatalog) -> None:
    """As a scalar, and as a table function: one of the two is how it is called."""
    texts = []
    for sql in (
        f"SELECT {listed.name}(k) FROM a",
        f"SELECT a.id FROM a, LATERAL TABLE({listed.name}('m', k)) AS p",
    ):
        with pytest.raises(SqlError) as caught:
            query_of(catalog, sql)
        texts.append(str(caught.value))
    missing = any(text.startswith("not emulated: ") for text in texts)
    assert missing == (listed.state == "not emulated"), texts


def test_every_route_is_listed() -> None:
    for route in ROUTES:
        one = BY_NAME[f"HTTP: {route.family.name}", f"{route.method} {route.path}"]
        assert (one.state == "emulated") == (route.handler is not None)
        assert one.note == route.note
    for own in OWN_ROUTES:
        assert BY_NAME["HTTP: the emulator's own", f"{own.method} {own.path}"].note == own.note
    for operation in OPERATIONS:
        one = BY_NAME["HTTP: Amazon Bedrock", operation.name]
        assert (one.state == "emulated") == operation.emulated
        assert one.note == operation.note


def test_models_of_bedrock_are_listed_with_their_ends() -> None:
    found = {one.name: one for one in everything() if one.group == "Models of Amazon Bedrock"}
    nova = found["amazon.nova-lite-v1:0"]
    assert (nova.state, nova.form) == ("emulated", "its plain id, us.…, eu.…, apac.…")
    assert found["amazon.nova-sonic-v1:0"].state == "not emulated"
    assert found["ai21.j2-mid-v1"].note == "AI21 Labs: Jurassic-2 Mid, until 2024-08-31"


def in_group(group: str) -> list[Listed]:
    """Return what stands in a group of the list."""
    return [one for one in EVERYTHING if one.group == group]


@pytest.mark.parametrize("listed", in_group("Connectors of tables"), ids=lambda one: one.name)
def test_a_connector_is_known_as_listed(listed: Listed, catalog: MemoryCatalog) -> None:
    options = {
        "confluent": "'changelog.mode' = 'append'",
        "faker": "'fields.id.expression' = '#{number.number_between ''1'',''9''}'",
    }.get(listed.name, f"'{listed.name}.connection' = 'c'")
    plan(f"CREATE TABLE t (id INT) WITH ({listed.form}, {options})", SESSION, catalog)
    assert listed.state == "emulated"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    yield from open_desk()


@pytest.mark.parametrize("listed", in_group("Record formats of tables"), ids=lambda one: one.name)
def test_a_record_format_is_taken_or_refused_as_listed(listed: Listed, desk: Desk) -> None:
    name = f"t-{listed.name}"
    execution = desk.submit(f"CREATE TABLE `{name}` (v STRING) WITH ({listed.form})")
    expected = f"Table '{name}' created." if listed.state == "emulated" else "not emulated: "
    assert execution.detail.startswith(expected)
