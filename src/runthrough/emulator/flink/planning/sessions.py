"""Sessions in DuckDB: rows that follow one another within a gap.

Where every row comes ahead of the watermark, sessions are what gaps cut apart. A row behind the
watermark may find that the session it would belong to is over, and then begins another one, or is
dropped: there the rows are taken one by one, in the order in which they came, as Flink takes
them. Source: facts/flink-sql-ai.md 5.7, 6.4; asked of Apache Flink 2.3: rows exactly one gap apart
are one session, and a row that is late alone is kept if it touches a session that is not over.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import quote, quote_text
from runthrough.emulator.flink.bind.relations import arrival
from runthrough.emulator.flink.bind.window_relations import WindowTable
from runthrough.emulator.flink.planning.watermarks import THEN

_SHOWN = 100000000000000
"""Watermarks beyond stand for nothing that came yet, or nothing that comes any more."""

_STATE = (
    "STRUCT(active STRUCT(s BIGINT, e BIGINT)[], over STRUCT(s BIGINT, e BIGINT, n BIGINT)[], "
    "late BIGINT[], t BIGINT, w BIGINT, n BIGINT)"
)
"""What is known after a row: sessions that go on, sessions that ended before row `n`, the numbers
of dropped rows. A row has the same shape, with `t` (its time), `w` (the watermark when it came)
and `n` (its number), so that a list of rows can be folded."""


def sessions(node: WindowTable, inner: str, came: str | None) -> tuple[str, str, str]:
    """Return rows with the session each is in, and DuckDB text for its start and end in ms.

    Args:
        node: the window function.
        inner: a SELECT of its input.
        came: DuckDB text for the watermark when a row came, in ms; None if nothing is ever late.
    """
    gap, zone, time = node.spec.size, node.spec.zone, quote(node.time)
    local = time if zone is None else f"timezone({quote_text(zone)}, {time})"
    watermark = "NULL" if came is None else _on_clock(came, zone)
    by = "".join(f"{quote(i)}, " for i in node.partition).rstrip(", ")
    parts = f"PARTITION BY {by} " if by else ""
    numbered = (
        f'SELECT *, epoch_ms({local}) AS "__t", CAST({watermark} AS BIGINT) AS "__w", '
        f'row_number() OVER (ORDER BY {arrival(node.input)}) AS "__n" '
        f"FROM ({with_time(node, inner)})"
    )
    cut = (
        f'SELECT *, CASE WHEN "__t" - lag("__t") OVER ({parts}ORDER BY "__t") <= {gap} '
        f'THEN 0 ELSE 1 END AS "__cut" FROM ({numbered})'
    )
    islands = (
        f'SELECT *, sum("__cut") OVER ({parts}ORDER BY "__t", "__n") AS "__island" FROM ({cut})'
    )
    whole = f"PARTITION BY {by + ', ' if by else ''}" + '"__island"'
    known = (
        f'SELECT *, min("__n") OVER ({whole}) AS "__id", min("__t") OVER ({whole}) AS "__s", '
        f'max("__t") OVER ({whole}) + {gap} AS "__e", '
        f'bool_or(coalesce("__t" <= "__w" + 1, false)) OVER ({whole}) AS "__careful" '
        f"FROM ({islands})"
    )
    rows = (
        f"WITH r AS MATERIALIZED ({known}), f AS ({_folded(gap)}) "
        f'SELECT r.*, CASE WHEN NOT "__careful" THEN {{\'s\': "__s", \'e\': "__e"}} '
        f'ELSE {_own_session(gap)} END AS "__session" '
        'FROM r LEFT JOIN f ON r."__careful" AND r."__id" = f."__id"'
    )
    helpers = "__t, __w, __n, __cut, __island, __id, __s, __e, __careful"
    hidden = ", ".join(quote(name) for name in helpers.split(", "))
    hidden += f", {THEN}" if came == THEN else ""
    kept = f'SELECT * EXCLUDE ({hidden}) FROM ({rows}) WHERE "__session" IS NOT NULL'
    return kept, '"__session".s', '"__session".e'


def with_time(node: WindowTable, inner: str) -> str:
    """Return rows that all have a time: one without ends the statement, as it ends Flink's job."""
    time = next(f for f in node.input.fields if f.id == node.time)
    if not time.type.nullable:
        return inner
    failed = (
        "error('RowTime field should not be null, please convert it to a non-null long value.')"
    )
    test = f"CASE WHEN {quote(time.id)} IS NULL THEN {failed} ELSE true END"
    return f"SELECT * FROM ({inner}) WHERE {test}"


def _on_clock(moment: str, zone: str | None) -> str:
    """Return a watermark as ms on the clock of the windows' zone."""
    if zone is None or zone == "UTC":
        return moment
    shown = f"epoch_ms(timezone({quote_text(zone)}, make_timestamptz(({moment}) * 1000)))"
    return f"CASE WHEN {moment} BETWEEN -{_SHOWN} AND {_SHOWN} THEN {shown} ELSE {moment} END"


def _folded(gap: int) -> str:
    """Return the SELECT that takes the rows of each careful island one by one."""
    row = f"CAST({{'t': \"__t\", 'w': \"__w\", 'n': \"__n\"}} AS {_STATE})"
    empty = f"CAST({{'active': [], 'over': [], 'late': []}} AS {_STATE})"
    on = "coalesce(z.e - 1 > x.w, true)"
    touches = f"z.s <= x.t + {gap} AND z.e >= x.t"
    going_on = f"list_filter(a.active, lambda z: {on})"
    touched = f"list_filter(a.active, lambda z: {on} AND {touches})"
    others = f"list_filter(a.active, lambda z: {on} AND NOT ({touches}))"
    start = f"list_min(list_append(list_transform({touched}, lambda z: z.s), x.t))"
    end = f"list_max(list_append(list_transform({touched}, lambda z: z.e), x.t + {gap}))"
    # Alone and behind the watermark: dropped.
    late = f"(len({touched}) = 0 AND coalesce(x.t + {gap} - 1 <= x.w, false))"
    ended = (
        f"list_transform(list_filter(a.active, lambda z: NOT {on}), "
        "lambda z: {'s': z.s, 'e': z.e, 'n': x.n})"
    )
    step = (
        f"{{'active': CASE WHEN {late} THEN {going_on} "
        f"ELSE list_append({others}, {{'s': {start}, 'e': {end}}}) END, "
        f"'over': list_concat(a.over, {ended}), "
        f"'late': CASE WHEN {late} THEN list_append(a.late, x.n) ELSE a.late END, "
        "'t': x.t, 'w': x.w, 'n': x.n}"
    )
    return (
        f'SELECT "__id", list_reduce(list({row} ORDER BY "__n"), '
        f'lambda a, x: CAST({step} AS {_STATE}), {empty}) AS "__f" '
        'FROM r WHERE "__careful" GROUP BY "__id"'
    )


def _own_session(gap: int) -> str:
    """Return DuckDB text for the session a row ended in; NULL if it was dropped.

    Of the sessions that cover the row and were not over when it came, it is the one that ended
    first: at that time no other one can have covered the row.
    """
    last = "9223372036854775807"
    going_on = f"list_transform(\"__f\".active, lambda z: {{'n': {last}, 's': z.s, 'e': z.e}})"
    over = "list_transform(\"__f\".over, lambda z: {'n': z.n, 's': z.s, 'e': z.e})"
    covers = f'z.n > "__n" AND z.s <= "__t" AND z.e >= "__t" + {gap}'
    found = f"list_min(list_filter(list_concat({over}, {going_on}), lambda z: {covers}))"
    chosen = f"{{'s': struct_extract({found}, 's'), 'e': struct_extract({found}, 'e')}}"
    return f'CASE WHEN NOT list_contains("__f".late, "__n") THEN {chosen} END'
