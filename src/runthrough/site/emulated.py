"""The page "What is emulated", from the list a run against the emulator leaves.

The list is `build/runthrough/emulated.json`: objects with `group`, `name`, `form`, `state` and
`note`, in the order of the page. Tables are HTML, not Markdown: their columns have fixed widths,
so that a long form wraps and the same columns stand under each other in every group.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from runthrough.errors import LabError
from runthrough.site.samples import slug

STATES = {
    "emulated": "The emulator does it as the live target does.",
    "refused as on the cloud": "The live target refuses it, and so does the emulator.",
    "not emulated": "The live target has it; the emulator refuses it and says so.",
}
"""Every state, and what it means."""

_ROW = Markup('<tr><td class="rt-name">{}</td><td>{}</td><td>{}</td></tr>')
_ROW_OF_A_NAME = Markup('<tr><td class="rt-name" colspan="2">{}</td><td>{}</td></tr>')


@dataclass(frozen=True)
class Entry:
    """One line of the list: a statement, a function, a route …; `form` and `note` may be empty."""

    group: str
    name: str
    form: str
    state: str
    note: str


def read_emulated(path: Path) -> tuple[Entry, ...]:
    """Read the list.

    Raises:
        LabError: there is none yet, or it cannot be read; with its path.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as e:
        message = (
            "the list of what is emulated is missing: no run against the emulator has left it "
            "yet; make it with: runthrough run"
        )
        raise LabError(message, path=path, line=1) from e
    try:
        entries = tuple(Entry(**body) for body in json.loads(text))
    except json.JSONDecodeError as e:
        message = f"the list of what is emulated is not JSON: {e.msg}"
        raise LabError(message, path=path, line=e.lineno) from e
    except TypeError as e:
        message = f"the list of what is emulated cannot be read: {e}"
        raise LabError(message, path=path, line=1) from e
    for entry in entries:
        if entry.state not in STATES:
            message = f"{entry.name!r} has the state {entry.state!r}, which no page knows"
            raise LabError(message, path=path, line=1)
    return entries


def emulated_page(entries: Sequence[Entry]) -> str:
    """Return the page as Markdown: what the states mean, the counts, one table a group."""
    groups = [(name, list(members)) for name, members in groupby(entries, lambda e: e.group)]
    parts = [
        "# What is emulated",
        f"The emulator stands in for Confluent Cloud and Amazon Bedrock. It does "
        f"**{_of('emulated', entries)}** things listed here. The list is made from the tables the "
        "emulator itself works with.",
        _legend(entries),
        "## All groups",
        _overview(groups),
    ]
    for name, members in groups:
        told = f"{_of('emulated', members)} emulated."
        parts += [f"## {name}", told, _table(members)]
    return "\n\n".join(parts) + "\n"


def _of(state: str, entries: Sequence[Entry]) -> str:
    return f"{_count(state, entries)} of {len(entries)}"


def _count(state: str, entries: Iterable[Entry]) -> int:
    return sum(1 for entry in entries if entry.state == state)


def _legend(entries: Sequence[Entry]) -> str:
    row = Markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>")
    rows = (
        row.format(_pill(state), meaning, _count(state, entries))
        for state, meaning in STATES.items()
    )
    return _html("rt-legend", ("State", "What it means", "How many"), rows)


def _overview(groups: Iterable[tuple[str, Sequence[Entry]]]) -> str:
    cells = Markup("<td>{}</td>") * len(STATES)
    row = Markup('<tr><td><a href="#{}">{}</a></td>') + cells + Markup("<td>{}</td></tr>")
    rows = (
        row.format(
            slug(name), name, *(_count(state, members) or "" for state in STATES), len(members)
        )
        for name, members in groups
    )
    return _html("rt-overview", ("Group", *(s.capitalize() for s in STATES), "All"), rows)


def _table(entries: Iterable[Entry]) -> str:
    rows = [(entry, _said(entry)) for entry in entries]
    middle = "How it is written" if any(said for _, said in rows) else ""
    return _html("rt-states", ("Name", middle, "State"), (_row(*row) for row in rows))


def _said(entry: Entry) -> Markup:
    """Return what there is to say beside the name: the form unless it is the name, and the note."""
    form = _code(entry.form) if entry.form != entry.name else Markup()
    note = Markup('<span class="rt-note">{}</span>').format(entry.note) if entry.note else Markup()
    return Markup("<br>").join(part for part in (form, note) if part)


def _row(entry: Entry, middle: Markup) -> Markup:
    """Return a row; a name with nothing more to say, as that of a route, has room to be long."""
    if not middle:
        return _ROW_OF_A_NAME.format(_code(entry.name), _pill(entry.state))
    return _ROW.format(_code(entry.name), middle, _pill(entry.state))


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text) if text else Markup()


def _pill(state: str) -> Markup:
    return Markup('<span class="rt-state rt-{}">{}</span>').format(slug(state), state)


def _html(kind: str, heads: Sequence[str], rows: Iterable[Markup]) -> str:
    return "\n".join(_lines(kind, heads, rows))


def _lines(kind: str, heads: Sequence[str], rows: Iterable[Markup]) -> Iterator[str]:
    """Yield a table as HTML without a blank line, which Markdown would take for its end."""
    yield f'<div class="rt-list"><table class="{kind}">'
    cells = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads)
    yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    yield from rows
    yield "</tbody></table></div>"
