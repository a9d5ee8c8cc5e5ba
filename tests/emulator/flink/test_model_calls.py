"""Every form in which a model is called (facts/flink-sql-ai.md 4.1, 5.2 rows 41-44, 5.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runthrough.emulator.flink.plan import ModelStage, Query, SqlError
from tests.emulator.flink.planner_catalog import (
    CATALOG,
    DATABASE,
    MemoryCatalog,
    bedrock_model,
    columns,
    execute,
    query_of,
    table,
)


@pytest.fixture
def catalog() -> MemoryCatalog:
    made = MemoryCatalog().add(
        table("t", "id INT; c STRING; n INT"),
        table("u", "id INT NOT NULL; c STRING", "upsert", ["id"]),
        table("r", "id INT; c STRING", "retract"),
    )
    plain = bedrock_model("m", "response")
    vector = replace(bedrock_model("v"), outputs=columns("embedding ARRAY<FLOAT>"))
    two = replace(
        bedrock_model("two"),
        inputs=columns("a STRING; b BIGINT"),
        outputs=columns("x STRING; y DOUBLE"),
    )
    made.models = {"m": plain, "m$2": replace(plain, version=2), "v": vector, "two": two}
    return made


def model_stages(query: Query) -> list[ModelStage]:
    return [stage for stage in query.stages if isinstance(stage, ModelStage)]


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("'m'", 1),
        ("m", 1),
        ("`m`", 1),
        ("`m$2`", 2),
        ("'m$2'", 2),
        (f"{DATABASE}.m", 1),
        (f"'{DATABASE}.m'", 1),
        (f"{CATALOG}.{DATABASE}.`m$2`", 2),
        (f"'{CATALOG}.`{DATABASE}`.m'", 1),
    ],
)
def test_a_model_is_named_by_an_identifier_or_a_string(
    catalog: MemoryCatalog, model: str, version: int
) -> None:
    query = query_of(catalog, f"SELECT response FROM t, LATERAL TABLE(ML_PREDICT({model}, c))")
    [stage] = model_stages(query)
    assert (stage.model.name, stage.model.version) == ("m", version)


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (", LATERAL TABLE(ML_PREDICT('m', c))", ["response"]),
        (", LATERAL TABLE(ml_predict('m', t.c)) AS p", ["response"]),
        (", LATERAL TABLE(ML_PREDICT('m', c)) p", ["response"]),
        (", LATERAL TABLE(ML_PREDICT('m', c)) AS p(x)", ["x"]),
        (" JOIN LATERAL TABLE(ML_PREDICT('m', c)) AS p ON TRUE", ["response"]),
        (" CROSS JOIN LATERAL TABLE(ML_PREDICT('m', c)) AS p", ["response"]),
        (" LEFT JOIN LATERAL TABLE(ML_PREDICT('m', c)) AS p ON TRUE", ["response"]),
        (", LATERAL TABLE(ML_PREDICT(two, c, id)) AS p(a1, a2)", ["a1", "a2"]),
        (", LATERAL TABLE(AI_COMPLETE('m', c)) AS r(z)", ["z"]),
        (", LATERAL TABLE(AI_EMBEDDING('v', c))", ["embedding"]),
        (
            ", LATERAL TABLE(ML_PREDICT('m', c)) a, LATERAL TABLE(ML_PREDICT('m', a.response)) b",
            ["response", "response0"],
        ),
    ],
)
def test_forms_of_a_call(catalog: MemoryCatalog, item: str, names: list[str]) -> None:
    query = query_of(catalog, f"SELECT * FROM t{item}")
    assert [c.name for c in query.columns] == ["id", "c", "n", *names]
    assert query.insert_only
    assert query.stateless


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("MAP[]", {}),
        ("map['async_enabled', true, 'client_timeout', 60]",
         {"async_enabled": "true", "client_timeout": "60"}),
        ("MAP['debug', TRUE]", {"debug": "true"}),
        ("MAP['debug', 'FALSE']", {"debug": "false"}),
        ("MAP['retry_count', 0, 'max_parallelism', '7']",
         {"retry_count": "0", "max_parallelism": "7"}),
    ],
)  # fmt: skip
def test_the_option_map_may_be_empty_and_of_several_types(
    catalog: MemoryCatalog, written: str, options: dict[str, str]
) -> None:
    sql = f"SELECT response FROM t, LATERAL TABLE(ML_PREDICT('m', c, {written}))"
    [stage] = model_stages(query_of(catalog, sql))
    assert stage.options == options


REFUSED = [
    ("t, LATERAL TABLE(ML_PREDICT('m', c)) AS p(x, y)",
     "List of column aliases must have same degree as table; table has 1 columns ('response'), "
     "whereas alias list has 2 columns"),
    ("t, TABLE(ML_PREDICT('m', t.c))", "Table 't' not found"),
    ("t, LATERAL TABLE(ML_PREDICT('nomodel', c))", "Object 'nomodel' not found"),
    ("t, LATERAL TABLE(ML_PREDICT('m$9', c))", "Object 'm$9' not found"),
    ("t, LATERAL TABLE(ML_PREDICT('two', c))",
     "Supported form(s): 'ML_PREDICT(<MODEL>, <VARCHAR(2147483647)>, <BIGINT>)'"),
    ("t, LATERAL TABLE(ML_PREDICT('m', c, MAP['speed', 1]))",
     "Unsupported option 'speed' of ML_PREDICT"),
    ("t, LATERAL TABLE(ML_PREDICT('m', c, MAP['client_timeout', 'long']))",
     "The option 'client_timeout' of ML_PREDICT must be a whole number of at least 1, not 'long'"),
    ("t, LATERAL TABLE(ML_PREDICT('m', c, MAP['debug', 3]))",
     "The option 'debug' of ML_PREDICT must be true or false, not '3'"),
    ("t, LATERAL TABLE(ML_PREDICT('m', c, MAP['debug', c]))", "must be literals"),
    ("t, LATERAL TABLE(ML_PREDICT('m', c, MAP['debug']))", "even number of arguments"),
    ("t, LATERAL TABLE(AI_COMPLETE('v', c))", "AI_COMPLETE needs a model with one STRING output"),
    ("t, LATERAL TABLE(AI_EMBEDDING('m', c))",
     "AI_EMBEDDING needs a model with one ARRAY<FLOAT> output"),
    ("t, LATERAL TABLE(AI_RUN_AGENT('a', c))", "not emulated: table function AI_RUN_AGENT"),
    ("t, LATERAL TABLE(NOBODY(c))", "No match found for function signature NOBODY(<CHARACTER>)"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "message"), REFUSED)
def test_what_is_refused_in_from(catalog: MemoryCatalog, item: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT * FROM {item}")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("ML_PREDICT(m, c)", "ML_PREDICT is a table function: use LATERAL TABLE(ML_PREDICT(…))"),
        ("AI_DETECT_PII(c)", "not emulated: function AI_DETECT_PII"),
        ("AI_TOOL_INVOKE('m', c, MAP[], MAP[])", "not emulated: function AI_TOOL_INVOKE"),
    ],
)
def test_what_is_refused_in_select(catalog: MemoryCatalog, call: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT {call} FROM t")
    assert message in str(caught.value)


# -- over a table argument -------------------------------------------------------------------------

TABLE_FORMS = [
    "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c))",
    "TABLE(ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c), MAP['async', 'true']))",
    "ML_PREDICT(INPUT => TABLE t, MODEL => MODEL m, ARGS => DESCRIPTOR(c))",
    "ML_PREDICT(MODEL => MODEL m, ARGS => DESCRIPTOR(`c`), INPUT => TABLE t, "
    "CONFIG => MAP['timeout', '100s', 'max-concurrent-operations', '2'])",
]


@pytest.mark.parametrize("form", TABLE_FORMS)
def test_the_form_over_a_table_argument(catalog: MemoryCatalog, form: str) -> None:
    query = query_of(catalog, f"SELECT * FROM {form}")
    assert [c.name for c in query.columns] == ["id", "c", "n", "response"]
    assert execute(query, {"t": [(1, "a", 2)]}) == [(1, "a", 2, "answer to a")]
    assert query.insert_only


def test_the_configuration_becomes_the_options_of_the_call(catalog: MemoryCatalog) -> None:
    [stage] = model_stages(query_of(catalog, f"SELECT * FROM {TABLE_FORMS[3]}"))
    assert stage.options == {"client_timeout": "100", "max_parallelism": "2"}


@pytest.mark.parametrize("name", ["u", "r"])
def test_a_table_argument_must_not_change(catalog: MemoryCatalog, name: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT * FROM ML_PREDICT(TABLE {name}, MODEL m, DESCRIPTOR(c))")
    assert str(caught.value).startswith(
        "StreamPhysicalMLPredictTableFunction doesn't support consuming update and delete changes "
        "which is produced by node "
    )


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("ML_PREDICT(TABLE t, MODEL m)", "No match found for function signature ML_PREDICT"),
        ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c), SIZE => 1)", "No match found"),
        ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c), MAP['a', 'b'])", "Unsupported option 'a'"),
        ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c), MAP['timeout', 'long'])", "no duration"),
        ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(nope))", "Column 'nope' not found"),
        ("ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c, n))", "Supported form(s): "),
        ("ML_PREDICT(TABLE nope, MODEL m, DESCRIPTOR(c))", "Object 'nope' not found"),
        ("ML_PREDICT(TABLE t, MODEL nope, DESCRIPTOR(c))", "Object 'nope' not found"),
    ],
)
def test_refused_table_arguments(catalog: MemoryCatalog, form: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT * FROM {form}")
    assert message in str(caught.value)


# -- changes ---------------------------------------------------------------------------------------

CALLS = [
    ", LATERAL TABLE(ML_PREDICT('m', c)) AS p(out1)",
    " JOIN LATERAL TABLE(ML_PREDICT('m', c)) AS p(out1) ON TRUE",
    " LEFT JOIN LATERAL TABLE(AI_COMPLETE('m', c)) AS p(out1) ON TRUE",
    " CROSS JOIN LATERAL TABLE(AI_COMPLETE(m, c, MAP['debug', true])) AS p(out1)",
]
CHANGING = [
    "u",
    "r",
    "(SELECT n, MAX(c) AS c FROM t GROUP BY n)",
    "(SELECT a.id, b.c FROM t a LEFT JOIN t b ON a.id = b.id)",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("source", CHANGING)
def test_an_answer_in_a_changing_result_is_refused(
    catalog: MemoryCatalog, source: str, call: str
) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT * FROM {source} AS x{call}")
    function = "AI_COMPLETE" if "AI_COMPLETE" in call else "ML_PREDICT"
    assert str(caught.value).startswith(
        f"The column(s): out1(generated by non-deterministic function: {function} ) can not satisfy"
    )


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("source", CHANGING)
def test_an_answer_nobody_looks_at_is_no_matter(
    catalog: MemoryCatalog, source: str, call: str
) -> None:
    assert not query_of(catalog, f"SELECT c FROM {source} AS x{call}").insert_only


def test_a_join_is_joined_before_a_model_is_called(catalog: MemoryCatalog) -> None:
    query = query_of(
        catalog,
        "SELECT a.id, response FROM t a, t b, LATERAL TABLE(ML_PREDICT('m', b.c)) "
        "WHERE a.id = b.n AND response <> ''",
    )
    assert calls_of(query, [(1, "one", 1), (2, "two", 1), (3, "three", 9)]) == 2
    [join] = [line for line in query.explain if "joinType=[InnerJoin]" in line]
    assert "where=[true]" not in join


def calls_of(query: Query, rows: list[tuple[Any, ...]]) -> int:
    """Count the rows that reach the model."""
    seen: list[tuple[Any, ...]] = []

    class Answers(dict[tuple[Any, ...], tuple[Any, ...]]):
        def get(self, question: Any, default: Any = None) -> Any:
            seen.append(question)
            return default

    execute(query, {"t": rows}, answers=Answers({("x",): ("y",)}))
    return len(seen)


@pytest.mark.parametrize(
    ("sql", "calls"),
    [
        ("SELECT id, p.response FROM t, LATERAL TABLE(ML_PREDICT('m', c)) p LIMIT 2", 2),
        ("SELECT id FROM t, LATERAL TABLE(ML_PREDICT('m', c)) p OFFSET 1 LIMIT 2", 3),
        ("SELECT * FROM t, LATERAL TABLE(ML_PREDICT('m', c)) a, "
         "LATERAL TABLE(ML_PREDICT('m', a.response)) b LIMIT 2", 4),
        ("SELECT id, response FROM t, LATERAL TABLE(ML_PREDICT('m', c)) WHERE n > 2", 3),
        ("SELECT id FROM t, LATERAL TABLE(ML_PREDICT('m', c)) a, LATERAL TABLE(ML_PREDICT('m', "
         "a.response)) b WHERE n > 2 AND id < 5 AND a.response <> 'x' AND b.response <> ''", 4),
        ("SELECT id FROM t, LATERAL TABLE(ML_PREDICT('m', c)) p WHERE p.response <> '' OR n > 2",
         6),
        ("SELECT * FROM (SELECT id, response FROM t, LATERAL TABLE(ML_PREDICT('m', c))) LIMIT 1",
         1),
    ],
)  # fmt: skip
def test_no_more_is_asked_than_is_needed(catalog: MemoryCatalog, sql: str, calls: int) -> None:
    rows = [(number, f"text {number}", number) for number in range(6)]
    assert calls_of(query_of(catalog, sql), rows) == calls
