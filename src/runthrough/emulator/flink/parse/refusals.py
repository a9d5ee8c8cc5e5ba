"""The words of refusals that come from more than one place, and positions in a text.

Sources: facts/flink-sql-ai.md 6.4 and 6.5. Lines and columns count from 1 in the submitted text;
a range names its first and its last character.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.statement_kinds import StatementKind


class Refused(Exception):
    """Why an expression is refused, in Flink's words; who knows the place adds it."""


class UnplacedError(Refused):
    """A refusal that Flink prints without saying where (facts 6.2: implicit type conversion)."""


class Span(NamedTuple):
    """Offsets of the first and the last character of a piece of the text."""

    start: int
    end: int


class Position(NamedTuple):
    """Where something is in the text, counted from 1."""

    line: int
    column: int


def position(sql: str, offset: int) -> Position:
    """Return line and column of an offset."""
    line = sql.count("\n", 0, offset) + 1
    return Position(line, offset - (sql.rfind("\n", 0, offset) + 1) + 1)


def end_position(sql: str) -> Position:
    """Return where Flink's parser says `<EOF>` is: at the last character of the text."""
    return position(sql, max(len(sql.rstrip()) - 1, 0))


def parse_failed(encountered: str, at: Position, expecting: tuple[str, ...] = ()) -> SqlError:
    """Return the refusal of a text that is no SQL (facts 6.5).

    Args:
        encountered: the token as it stands in the text, or `<EOF>`.
        at: where it begins.
        expecting: what would have been welcome; Flink lists everything, we what we know.
    """
    text = f'SQL parse failed. Encountered "{_java_escaped(encountered)}" '
    return SqlError(text + _where(at, expecting))


def wrong_keyword(word: str, at: Position, expecting: tuple[str, ...] = ()) -> SqlError:
    """Return the refusal of a reserved word in capitals where none may be (facts 6.5)."""
    text = f"SQL parse failed. Incorrect syntax near the keyword '{word}' "
    return SqlError(text + _where(at, expecting))


def _where(at: Position, expecting: tuple[str, ...]) -> str:
    text = f"at line {at.line}, column {at.column}."
    if expecting:
        head = "Was expecting:" if len(expecting) == 1 else "Was expecting one of:"
        text += f"\n{head}\n" + "\n".join(f"    {item} ..." for item in expecting)
    return text


def invalid(sql: str, span: Span | None, message: str) -> SqlError:
    """Return the refusal of a statement that parses but makes no sense (facts 6.4)."""
    if span is None:
        return SqlError(f"SQL validation failed. {message}")
    first, last = position(sql, span.start), position(sql, span.end)
    if first == last:
        where = f"At line {first.line}, column {first.column}"
    else:
        where = (
            f"From line {first.line}, column {first.column} "
            f"to line {last.line}, column {last.column}"
        )
    return SqlError(f"SQL validation failed. {where}: {message}")


def not_emulated(what: str) -> SqlError:
    """Return the refusal of what Confluent Cloud does and the emulator does not do yet."""
    return SqlError(f"not emulated: {what}; the live target has it")


def not_in_dialect(what: str) -> SqlError:
    """Return the refusal of what Confluent Cloud does not do either.

    The wording follows the one known message of this kind (facts 6.2, PROCTIME); for other
    subjects it is unverified.
    """
    return SqlError(f"{what} is not supported in Confluent's Flink SQL dialect.")


def refused_kind(kind: StatementKind) -> SqlError:
    """Return the refusal of a whole kind of statement, as `statement_kinds` has it."""
    if kind.state == "not emulated":
        return not_emulated(kind.name)
    return not_in_dialect(f"The statement '{kind.name}'")


def span_of(node: Any) -> Span | None:
    """Return where a syntax node stands in the text, if it was written there."""
    span = node.meta.get("span") if node is not None else None
    return span if isinstance(span, Span) else None


def _java_escaped(text: str) -> str:
    """Return a token's text as the Java parser generator prints it in its messages."""
    plain = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "'": "\\'", "\\": "\\\\"}
    return "".join(
        plain.get(c, c if " " <= c <= "~" else "".join(f"\\u{u:04x}" for u in _utf16(c)))
        for c in text
    )


def _utf16(character: str) -> list[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
