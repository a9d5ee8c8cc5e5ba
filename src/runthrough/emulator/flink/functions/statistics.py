"""Aggregates of spread, percentiles, multisets and JSON.

Source: facts/flink-sql-ai.md 6.2 (STDDEV_POP of INT is INT too; aggregates present). The values
of an integer column are averaged as real numbers and cut to the column's type.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.type_rules import average, is_character, is_integer, is_numeric
from runthrough.emulator.flink.functions.aggregate_calls import Aggregate, AggregateCall
from runthrough.emulator.flink.functions.json_functions import json_text
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError
from runthrough.emulator.flink.types import DOUBLE, FlinkType, array, duckdb_type

_JSON_TEXT = FlinkType("VARCHAR", nullable=False, length=2000)


# -- spread ----------------------------------------------------------------------------------------


def _spread(call: AggregateCall) -> Expr:
    """STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP and their short names."""
    value = call.arguments[0]
    if not is_numeric(value.type):
        raise call.wrong_type("<NUMERIC>")
    result = average(value.type).with_null(call.nullable())
    number = f"CAST({value.sql} AS DOUBLE)"
    word = "DISTINCT " if call.distinct else ""
    rows = call.over_rows(f"count({word}{number})")
    total = call.over_rows(f"sum({word}{number})")
    squares = call.over_rows(f"sum({word}{number} * {number})")
    population = call.name.endswith("_POP")
    least, divisor = (1, rows) if population else (2, f"({rows} - 1)")
    spread = f"greatest(({squares} - {total} * {total} / {rows}) / {divisor}, 0)"
    if call.name.startswith("STDDEV"):
        spread = f"sqrt({spread})"
    if is_integer(result):
        spread = f"trunc({spread})"
    kind = duckdb_type(result)
    return call.result(f"CASE WHEN {rows} >= {least} THEN CAST({spread} AS {kind}) END", result)


def _percentile(call: AggregateCall) -> Expr:
    value, share = call.arguments[:2]
    if not is_numeric(value.type):
        raise _percentile_refused(call)
    shares = _shares(share)
    if shares is None or any(not 0 <= part <= 1 for part in shares):
        raise _percentile_refused(call)
    many = share.type.root == "ARRAY"
    listed = f"[{', '.join(repr(part) for part in shares)}]"
    number = f"CAST({value.sql} AS DOUBLE)"
    if len(call.arguments) == 2:
        wanted = listed if many else repr(shares[0])
        sql = call.over_rows(f"quantile_cont({number}, {wanted})", f"{value.sql} IS NOT NULL")
    else:
        times = call.arguments[2]
        if not is_integer(times.type):
            raise _percentile_refused(call)
        known = (f"{value.sql} IS NOT NULL", f"{times.sql} > 0")
        numbers = call.over_rows(f"list({number} ORDER BY {call.order})", *known)
        counts = call.over_rows(f"list(CAST({times.sql} AS BIGINT) ORDER BY {call.order})", *known)
        sql = f"flink_percentile({numbers}, {counts}, CAST({listed} AS DOUBLE[]))"
        sql = sql if many else f"list_extract({sql}, 1)"
    return call.result(sql, array(DOUBLE) if many else DOUBLE)


def _shares(share: Expr) -> list[float] | None:
    """Return the literal or literals that say which percentile is asked for."""
    values = share.items if share.type.root == "ARRAY" else (share.constant,)
    numbers = [v for v in values if v is not None and not isinstance(v, str | bool)]
    return [float(v) for v in numbers] if values and len(numbers) == len(values) else None


def _percentile_refused(call: AggregateCall) -> Refused:
    return UnplacedError(
        f"SQL validation failed. Invalid function call:\n{call.text()}\n"
        "Invalid input arguments. Expected signatures are:\n"
        "PERCENTILE(expr NUMERIC, percentage DECIMAL or ARRAY [, frequency INTEGER])"
    )


def percentile(numbers: list[float], times: list[int], shares: list[float]) -> list[float] | None:
    """PERCENTILE of numbers that each stand for several, between the two that are nearest."""
    if not numbers:
        return None
    pairs = sorted(zip(numbers, times, strict=True))
    last = sum(times) - 1
    return [_at(pairs, share * last) for share in shares]


def _at(pairs: list[tuple[float, int]], place: float) -> float:
    low, high = _nth(pairs, int(place)), _nth(pairs, int(place) + 1)
    return low + (high - low) * (place - int(place))


def _nth(pairs: list[tuple[float, int]], place: int) -> float:
    for number, count in pairs:
        if place < count:
            return number
        place -= count
    return pairs[-1][0]


# -- collections -----------------------------------------------------------------------------------


def _collect(call: AggregateCall) -> Expr:
    value = call.arguments[0]
    result = FlinkType("MULTISET", nullable=False, element=value.type)
    word = "DISTINCT " if call.distinct else ""
    counted = call.over_rows(f"histogram({word}{value.sql})", f"{value.sql} IS NOT NULL")
    kind = duckdb_type(result)
    return call.result(f"coalesce(CAST({counted} AS {kind}), CAST(MAP {{}} AS {kind}))", result)


def _json_object(call: AggregateCall) -> Expr:
    key, value = call.arguments
    if not is_character(key.type):
        raise call.wrong_type("<CHARACTER>, <ANY>")
    text, known = _json_item(call, value, absent=False)
    keys = call.over_rows(f"list({key.sql} ORDER BY {call.order})", *known)
    values = call.over_rows(f"list({text} ORDER BY {call.order})", *known)
    sql = f"coalesce(flink_json_object({keys}, {values}), '{{}}')"
    return call.result(sql, _JSON_TEXT)


def _json_array(call: AggregateCall) -> Expr:
    text, known = _json_item(call, call.arguments[0], absent=True)
    items = call.over_rows(f"list({text} ORDER BY {call.order})", *known)
    sql = f"'[' || coalesce(array_to_string({items}, ','), '') || ']'"
    return call.result(sql, _JSON_TEXT)


def _json_item(call: AggregateCall, value: Expr, *, absent: bool) -> tuple[str, tuple[str, ...]]:
    """Return a value as JSON and the conditions on its row; `absent` is the default for NULL."""
    text = json_text(value, call.zone)
    if call.words.get("absent", absent):
        return text, (f"{value.sql} IS NOT NULL",)
    return f"coalesce({text}, 'null')", ()


_SPREADS = ("STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP")

STATISTICS = (
    *(Aggregate(name, f"{name}([DISTINCT] x)", (1, 1), _spread) for name in _SPREADS),
    Aggregate("PERCENTILE", "PERCENTILE(x, share [, frequency])", (2, 3), _percentile),
    Aggregate("COLLECT", "COLLECT([DISTINCT] x)", (1, 1), _collect),
    Aggregate("JSON_OBJECTAGG", "JSON_OBJECTAGG(KEY k VALUE v)", (2, 2), _json_object),
    Aggregate("JSON_ARRAYAGG", "JSON_ARRAYAGG(v)", (1, 1), _json_array),
)
