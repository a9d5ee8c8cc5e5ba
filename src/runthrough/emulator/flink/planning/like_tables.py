"""CREATE TABLE … LIKE: what is taken over from another table.

Sources: facts/flink-sql-ai.md 1.3 (grammar); rules and wording are Apache Flink 2.3's: everything
is included, options are overwritten. What differs: EXCLUDING DISTRIBUTION leaves the distribution
behind, where Flink 2.3 takes it all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.tables import declared_columns, declared_watermark
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.parse.refusals import position
from runthrough.emulator.flink.parse.syntax import CreateTableStatement, LikeClause
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.table_options import MODE
from runthrough.emulator.flink.planning.table_shape import Shape, primary_key

_FEATURE_OF = {"computed": "GENERATED", "metadata": "METADATA"}
_WORDS = {"computed": "generated", "metadata": "metadata"}


def like_shape(
    context: Context, statement: CreateTableStatement, clause: LikeClause, source: Table
) -> Shape:
    """Return the shape of a table declared LIKE another one.

    Raises:
        SqlError: both have what cannot be had twice.
    """
    rules = _Rules(clause)
    columns = _columns(context, statement, source, rules)
    key, name = _key(context, statement, source, rules, columns)
    named = tuple(replace(c, type=c.type.not_null()) if c.name in key else c for c in columns)
    distributed_by, buckets = _distribution(statement, source, rules)
    return Shape(
        columns=named,
        options=_options(statement, source, rules),
        key=key,
        key_name=name,
        watermark=_watermark(context, statement, source, rules, named),
        distributed_by=distributed_by,
        buckets=buckets,
        comment=statement.comment,
    )


class _Rules:
    """What is done with each feature: the clause's own word, else that of ALL, else Flink's."""

    def __init__(self, clause: LikeClause) -> None:
        self._said = clause.strategies

    def of(self, feature: str) -> str:
        usual = "OVERWRITING" if feature == "OPTIONS" else "INCLUDING"
        return self._said.get(feature, self._said.get("ALL", usual))


def _columns(
    context: Context, statement: CreateTableStatement, source: Table, rules: _Rules
) -> list[Column]:
    taken = [
        c
        for c in source.columns
        if c.kind == "physical" or rules.of(_FEATURE_OF[c.kind]) != "EXCLUDING"
    ]
    keys: Collection[str] = statement.key.columns if statement.key else ()
    own = declared_columns(context, statement.columns, taken, not_null=keys)
    columns = list(taken)
    for c in own:
        known = next((i for i, other in enumerate(columns) if other.name == c.name), None)
        if known is None:
            columns.append(c)
            continue
        old = columns[known]
        if old.kind != c.kind or c.kind == "physical":
            raise SqlError(f"A column named '{c.name}' already exists in the base table.")
        feature = _FEATURE_OF[c.kind]
        if rules.of(feature) != "OVERWRITING":
            raise SqlError(
                f"A {_WORDS[c.kind]} column named '{c.name}' already exists in the base table. You "
                f"might want to specify EXCLUDING {feature} or OVERWRITING {feature}."
            )
        columns[known] = c
    return columns


def _key(
    context: Context,
    statement: CreateTableStatement,
    source: Table,
    rules: _Rules,
    columns: list[Column],
) -> tuple[tuple[str, ...], str | None]:
    included = rules.of("CONSTRAINTS") == "INCLUDING"
    if statement.key is None:
        return (source.primary_key, source.key_name) if included else ((), None)
    if source.primary_key and included:
        raise SqlError(
            "The base table already has a primary key. You might want to specify EXCLUDING "
            "CONSTRAINTS."
        )
    key = primary_key(context, statement.key, columns)
    own = {d.name for d in statement.columns}
    for c in columns:
        if c.name in key and c.name not in own and c.type.nullable:
            label = statement.key.constraint or "PK_" + "_".join(key)
            raise SqlError(f"Invalid primary key '{label}'. Column '{c.name}' is nullable.")
    return key, statement.key.constraint


def _watermark(
    context: Context,
    statement: CreateTableStatement,
    source: Table,
    rules: _Rules,
    columns: tuple[Column, ...],
) -> tuple[str, str] | None:
    rule = rules.of("WATERMARKS")
    if statement.watermark is None:
        return source.watermark if rule != "EXCLUDING" else None
    if source.watermark and rule == "INCLUDING":
        raise SqlError(
            f"There already exists a watermark spec for column '{source.watermark[0]}' in the base "
            "table. You might want to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS."
        )
    return declared_watermark(context, statement.watermark, columns)


def _distribution(
    statement: CreateTableStatement, source: Table, rules: _Rules
) -> tuple[tuple[str, ...], int | None]:
    included = rules.of("DISTRIBUTION") == "INCLUDING" and rules.of("PARTITIONS") == "INCLUDING"
    if statement.distributed_by is not None:
        if source.distributed_by and included:
            raise SqlError(
                "The base table already has a distribution defined. You might want to specify "
                "EXCLUDING DISTRIBUTION."
            )
        return statement.distributed_by, statement.buckets
    if not included:
        return (), None
    # What follows from the key of the base table is not a distribution of its own.
    follows = source.distributed_by == source.primary_key
    return () if follows else source.distributed_by, source.buckets


def _options(statement: CreateTableStatement, source: Table, rules: _Rules) -> dict[str, str]:
    rule = rules.of("OPTIONS")
    if rule == "EXCLUDING":
        return dict(statement.options)
    base = {**source.options, MODE: source.mode}
    if rules.of("CONSTRAINTS") == "EXCLUDING" and source.mode == "upsert":
        # Without its key the table is none that could be upsert: its mode is left behind too.
        del base[MODE]
    if rule == "INCLUDING":
        shown = {"connector": "confluent", **base}
        for key, value in shown.items():
            if key in statement.options:
                raise SqlError(
                    f"There already exists an option ['{key}' -> '{value}']  in the base table. "
                    "You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS."
                )
    return base | dict(statement.options)


def missing_source(context: Context, clause: LikeClause, path: tuple[str, str, str]) -> SqlError:
    """Return the refusal of a LIKE whose table is not there."""
    at = position(context.sql, clause.source.span.start)
    written = ".".join(f"`{part}`" for part in path)
    return SqlError(
        f"Source table '{written}' of the LIKE clause not found in the catalog, at line {at.line}, "
        f"column {at.column}"
    )


def view_as_source(context: Context, clause: LikeClause, path: tuple[str, str, str]) -> SqlError:
    """Return the refusal of a LIKE whose table is a view."""
    at = position(context.sql, clause.source.span.start)
    written = ".".join(f"`{part}`" for part in path)
    return SqlError(
        f"Source table '{written}' of the LIKE clause can not be a VIEW, at line {at.line}, "
        f"column {at.column}"
    )
