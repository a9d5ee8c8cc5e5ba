"""Compares what Flink and what we say of one query, and tells in what they differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.client import Answer, Referee
from tests.oracle.ours import Ours, Outcome
from tests.oracle.world import TABLES, WorldTable

CONFIG = {
    # Confluent warns where Flink 2.3 refuses a sink whose key is not the query's (facts 5.3).
    "table.exec.sink.require-on-conflict": "false",
    # Confluent refuses what depends on chance in changing rows; Flink by itself does not look.
    "table.optimizer.non-deterministic-update.strategy": "TRY_RESOLVE",
}
UNSEEN = {"table.optimizer.non-deterministic-update.strategy": "IGNORE"}
PAUSE = 15
"""Milliseconds a row gets to pass through Flink's job before the next table's row starts."""


@dataclass(frozen=True)
class Comparison:
    """Aspect → (Flink's, ours), for the aspects in which they differ.

    Aspects: error, columns, mode, key, append (what an append sink says), rows.
    """

    sql: str
    differs: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Tell the differences."""
        lines = [self.sql]
        for aspect, (theirs, ours) in self.differs.items():
            lines += [f"  {aspect}:", f"    Flink: {theirs}", f"    ours:  {ours}"]
        return "\n".join(lines)


class Judge:
    """Asks both sides."""

    def __init__(self, referee: Referee, ours: Ours, tables: Sequence[WorldTable] = TABLES) -> None:
        self._referee, self._ours = referee, ours
        self._tables = {table.name: table for table in tables}

    def ask(self, sql: str, **question: Any) -> Answer:
        """Ask Flink about a query over the comparison's tables."""
        words = set(re.findall(r"\w+", sql))
        used = [t for t in self._tables.values() if t.name in words]
        if "config" in question:
            question["config"] = CONFIG | question["config"]
        given = {
            "tables": [t.question(place, len(used)) for place, t in enumerate(used)],
            "pause": PAUSE if len(used) > 1 else 0,
            "config": CONFIG,
        }
        return self._referee.ask(sql, **(given | question))

    def compare(
        self, sql: str, *, rows: bool = True, append: bool = True, keys: bool = True
    ) -> Comparison:
        """Compare the plan of a query, and what it gives unless `rows` says no.

        `append` asks what an append sink says of it; `keys` looks at the upsert key too.
        """
        what = "both" if rows else "explain"
        theirs = self.ask(sql, sink="retract", what=what)
        if any("Unsupported to visit node" in text for text in theirs.errors):
            # Flink 2.3 cannot look for chance in functions over tables (facts 5.2, row 48).
            theirs = self.ask(sql, sink="retract", what=what, config=UNSEEN)
        ours = self._ours.plan(sql)
        planned = bool(theirs.nodes)
        if not planned and ours.error is None and rows:
            # What Flink computes while it plans fails there, ours when it runs.
            failure = self._ours.run(sql).failure
            if failure is not None and _same_failure(theirs, failure):
                return Comparison(sql)
        if not planned or ours.error is not None:
            return Comparison(sql, _errors(None if planned else theirs, ours.error))
        differs = _plans(theirs, ours)
        if not keys:
            differs.pop("key", None)
        if append and theirs.mode | ours.mode > {"I"}:
            differs |= self._append(sql)
        if rows:
            differs |= self._rows(sql, theirs)
        return Comparison(sql, differs)

    def _append(self, sql: str) -> dict[str, tuple[str, str]]:
        theirs = self.ask(sql, sink="append", what="explain").error
        made = f"CREATE TABLE `sink` WITH ('changelog.mode' = 'append') AS {sql}"
        ours = self._ours.refusal(made)
        if theirs == ours:
            return {}
        return {"append": (str(theirs), str(ours))}

    def _rows(self, sql: str, theirs: Answer) -> dict[str, tuple[str, str]]:
        ours = self._ours.run(sql)
        if theirs.error is not None:
            if ours.failure is not None and _same_failure(theirs, ours.failure):
                return {}
            return {"rows": (f"fails: {theirs.error}", ours.failure or _shown(ours.rows))}
        if ours.failure is not None:
            return {"rows": (_shown(theirs.rows), f"fails: {ours.failure}")}
        if folded(theirs.rows or ()) == folded(ours.rows or ()):
            return {}
        return {"rows": (_shown(theirs.rows), _shown(ours.rows))}


def _errors(theirs: Answer | None, ours: str | None) -> dict[str, tuple[str, str]]:
    if theirs is None:
        return {"error": ("none", ours or "none")}
    if ours is not None and any(said in ours for said in _heads(theirs)):
        return {}
    return {"error": (" <- ".join(theirs.errors), ours or "none")}


def _heads(answer: Answer) -> Iterable[str]:
    """Return the first line of each message of the chain that says something itself."""
    for text in answer.errors[-1:]:
        head = text.strip().split("\n")[0]
        if head:
            yield head


def _same_failure(theirs: Answer, ours: str) -> bool:
    return any(said in ours for said in _heads(theirs))


def _plans(theirs: Answer, ours: Outcome) -> dict[str, tuple[str, str]]:
    differs = {}
    if theirs.columns != ours.columns:
        differs["columns"] = (_columns(theirs.columns), _columns(ours.columns))
    if theirs.mode != ours.mode:
        differs["mode"] = (",".join(sorted(theirs.mode)), ",".join(sorted(ours.mode)))
    if theirs.mode != {"I"} and not _key_fits(theirs.keys, ours.key):
        differs["key"] = (str(theirs.keys), str(ours.key))
    return differs


def _key_fits(theirs: tuple[tuple[str, ...], ...], ours: tuple[str, ...] | None) -> bool:
    if ours is None:
        return not theirs
    return any(_plain(key) == _plain(ours) for key in theirs)


def _plain(key: tuple[str, ...]) -> set[str]:
    # Flink names a rank as its operator does.
    return {"rn" if name == "w0$o0" else name for name in key}


def _columns(columns: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(" ".join(column) for column in columns)


def folded(rows: Iterable[tuple[str, list[Any]]]) -> Counter[str]:
    """Return what is left of a changelog: each row's text with the number of its copies."""
    left: Counter[str] = Counter()
    for op, values in rows:
        left[_canonical(values)] += 1 if op in ("+I", "+U") else -1
    return Counter({text: count for text, count in left.items() if count})


def _canonical(values: Any) -> str:
    return json.dumps(_rounded(values), ensure_ascii=False)


def _rounded(value: Any) -> Any:
    """Return a value without the last digits of a long fraction, which depend on the order."""
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d{10,}(E-?\d+)?", value):
        return f"{float(value):.12g}"
    return value


def _shown(rows: Iterable[tuple[str, list[Any]]] | None) -> str:
    return str(sorted(folded(rows or ()).items()))
