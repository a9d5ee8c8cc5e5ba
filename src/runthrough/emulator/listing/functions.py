"""Functions, from the tables that the planner binds them with.

A name is listed once, in the first group that has it: groups are what a reader looks through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from runthrough.emulator.flink.bind.changelog_calls import FUNCTIONS as CHANGELOG_FUNCTIONS
from runthrough.emulator.flink.bind.grouping_sets import GROUPING_FUNCTIONS
from runthrough.emulator.flink.bind.search_calls import GONE, SEARCHES
from runthrough.emulator.flink.functions.aggregates import AGGREGATES
from runthrough.emulator.flink.functions.collection_functions import COLLECTION_FUNCTIONS
from runthrough.emulator.flink.functions.json_functions import JSON_FUNCTIONS
from runthrough.emulator.flink.functions.ml_functions import ML_FUNCTIONS
from runthrough.emulator.flink.functions.number_functions import NUMBER_FUNCTIONS
from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.functions.over import BATCH_ONLY, OVER_FUNCTIONS
from runthrough.emulator.flink.functions.regex_functions import REGEX_FUNCTIONS
from runthrough.emulator.flink.functions.table import (
    ELSEWHERE,
    FORMS,
    MANAGED_FUNCTIONS,
    MODEL_FUNCTIONS,
    REFUSED_ON_CLOUD,
    SCALARS,
    SEARCH_FUNCTIONS,
)
from runthrough.emulator.flink.functions.text_functions import TEXT_FUNCTIONS
from runthrough.emulator.flink.functions.time_functions import TIME_FUNCTIONS
from runthrough.emulator.flink.parse.clauses import CLAUSES
from runthrough.emulator.listing.entries import Listed


class Written(Protocol):
    """A function that says how it is written."""

    @property
    def forms(self) -> str:
        """Its arguments in words."""
        ...


_SCALARS: tuple[tuple[str, Mapping[str, Written]], ...] = (
    ("Text functions", TEXT_FUNCTIONS | REGEX_FUNCTIONS),
    ("Number and condition functions", NUMBER_FUNCTIONS),
    ("Time functions", TIME_FUNCTIONS),
    ("JSON functions", JSON_FUNCTIONS),
    ("Array, map and row functions", COLLECTION_FUNCTIONS),
    ("Preprocessing functions", ML_FUNCTIONS),
    ("Other scalar functions", SCALARS),
)
"""Scalar functions by group; the last has what none of the others has."""

_AGGREGATES = "Aggregate functions"
_OVER = "Functions over windows"
_AI = "Model and search functions"
_REST = "Other functions"

_MODEL_FORMS = {
    "ML_PREDICT": "LATERAL TABLE(ML_PREDICT('model', argument, … [, MAP[…]]))",
    "AI_COMPLETE": "LATERAL TABLE(AI_COMPLETE('model', prompt [, MAP[…]]))",
    "AI_EMBEDDING": "LATERAL TABLE(AI_EMBEDDING('model', text [, MAP[…]]))",
    "AI_SENTIMENT": "AI_SENTIMENT(text, ARRAY['aspect', …])",
    "ML_EVALUATE": "ML_EVALUATE(model, label, argument, …)",
}
"""How functions that call models are written (facts/flink-sql-ai.md 4.1)."""

_SEARCH_FORMS = {
    "KEY": "LATERAL TABLE({}(table, DESCRIPTOR(column), value [, MAP[…]]))",
    "TEXT": "LATERAL TABLE({}(table, DESCRIPTOR(column), text, limit [, MAP[…]]))",
    "VECTOR": "LATERAL TABLE({}(table, DESCRIPTOR(column), vector, limit [, MAP[…]]))",
}
"""How searches are written (facts/flink-sql-ai.md 4.3)."""

_BOUND_ELSEWHERE = {
    **{name: f"{name}(column, …)" for name in GROUPING_FUNCTIONS},
    **{name: f"{name}(TABLE t, …)" for name in CHANGELOG_FUNCTIONS},
    **{clause.name: clause.form for clause in CLAUSES if clause.name in FORMS},
    "CURRENT_WATERMARK": "CURRENT_WATERMARK(time)",
    "UNNEST": "UNNEST(collection)",
}
"""Functions that are no names in a table, because the grammar has them."""


def functions() -> tuple[Listed, ...]:
    """Return every function, each once, under the first group that has it."""
    found: dict[str, Listed] = {}
    for one in (*_managed(), *_aggregates(), *_over(), *_scalars(), *_others()):
        found.setdefault(one.name, one)
    return tuple(found.values())


def _scalars() -> Iterator[Listed]:
    for group, table in _SCALARS:
        yield from _emulated(group, table)


def _aggregates() -> Iterator[Listed]:
    yield from _emulated(_AGGREGATES, AGGREGATES)
    yield from (
        Listed(_AGGREGATES, name, _BOUND_ELSEWHERE[name], "emulated", "with GROUPING SETS")
        for name in sorted(GROUPING_FUNCTIONS)
    )


def _over() -> Iterator[Listed]:
    for name, function in sorted((OVER_FUNCTIONS | ORDERED).items()):
        batch = name in BATCH_ONLY
        note = "snapshot queries only: streams refuse it on the cloud too" if batch else ""
        yield Listed(_OVER, name, f"{function.forms} OVER (…)", "emulated", note)


def _managed() -> Iterator[Listed]:
    for name in sorted({*MODEL_FUNCTIONS, *MANAGED_FUNCTIONS}):
        yield Listed(_AI, name, _MODEL_FORMS.get(name, name), "emulated")
    for name in SEARCH_FUNCTIONS:
        search = SEARCHES[name]
        note = "connectors " + ", ".join(sorted(search.connectors))
        yield Listed(_AI, name, _SEARCH_FORMS[search.kind].format(name), "emulated", note)
    for name, successor in sorted(GONE.items()):
        note = f"an old name; use {successor}"
        yield Listed(_AI, name, "", "refused as on the cloud", note)


def _others() -> Iterator[Listed]:
    for name in sorted({*FORMS, "UNNEST", *CHANGELOG_FUNCTIONS}):
        note = "" if name == "CURRENT_WATERMARK" else "in FROM"
        yield Listed(_REST, name, _BOUND_ELSEWHERE[name], "emulated", note)
    for name in sorted(ELSEWHERE):
        group = _AI if name.startswith(("AI_", "ML_")) else _REST
        yield Listed(group, name, "", "not emulated")
    for name in sorted(REFUSED_ON_CLOUD | {"APPROX_COUNT_DISTINCT"}):
        yield Listed(_REST, name, "", "refused as on the cloud")


def _emulated(group: str, table: Mapping[str, Written]) -> Iterable[Listed]:
    return (Listed(group, name, table[name].forms, "emulated") for name in sorted(table))
