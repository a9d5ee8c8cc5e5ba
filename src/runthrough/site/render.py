"""A page's Markdown in, the same Markdown out with every `runthrough` fence turned into HTML.

Knows no MkDocs and no Markdown library; the extension decides how the HTML gets into the page.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from runthrough.lab import Line, Scenario
from runthrough.site.code import Filled, code_html, fill, has_lexer, plain_html
from runthrough.site.pages import Book, Show, read_page
from runthrough.site.programs import Fold, fold
from runthrough.site.samples import Sample
from runthrough.words import say_instant, say_seconds, say_target

SAMPLE_ROWS = 5
"""How many rows of a sample a page shows unless told otherwise."""

LONG_TEXT = 80
"""Characters of a cell that a sample shows before the rest is folded away."""

_QUOTED = re.compile(r'"([^"]*)"')
_NUMBER = re.compile(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Block:
    """One scenario as HTML: the inside, and what the `<section>` around it says.

    Attributes:
        number: the line of the page's file on which its fence stands.
    """

    anchor: str
    title: str
    inside: str
    number: int

    @property
    def html(self) -> str:
        """The whole section."""
        around = '<section class="runthrough" id="{}" aria-label="{}">\n{}\n</section>'
        return str(Markup(around).format(self.anchor, self.title, Markup(self.inside)))


@dataclass(frozen=True)
class Code:
    """A doc string of a line, or its program; a long program has a `fold`."""

    html: Markup
    language: str
    fold: Fold | None = None


@dataclass(frozen=True)
class Cell:
    """One value of a table.

    Attributes:
        html: the value; None is SQL's NULL.
        beginning: what stands there until the reader opens a long text.
        is_text: whether the value stands whole, with its own lines (a refusal, a plan).
    """

    html: Markup | None
    beginning: Markup | None = None
    is_text: bool = False


@dataclass(frozen=True)
class Column:
    """The head of a column, and whether its values are numbers (and stand at the right)."""

    html: Markup
    numeric: bool


@dataclass(frozen=True)
class Table:
    """Rows for a reader; `more` counts the rows left out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0

    @property
    def shown(self) -> str:
        """How many rows of how many stand here."""
        count = len(self.rows)
        if self.more:
            return f"{count} of {count + self.more} rows"
        return "1 row" if count == 1 else f"{count} rows"


@dataclass(frozen=True)
class Item:
    """One line of a scenario, written for the reader."""

    sentence: Markup
    within: str
    code: Code | None
    table: Table | None


@dataclass(frozen=True)
class Foot:
    """When, where and how fast a scenario was last verified."""

    iso: str
    instant: str
    target: str
    seconds: str


def render_page(
    text: str,
    *,
    book: Book,
    path: Path,
    page: str | None = None,
    first_line: int = 1,
    rows: int = SAMPLE_ROWS,
    place: Callable[[Block], str] = lambda block: block.html,
) -> str:
    """Return a page with its fences rendered.

    Args:
        text: the Markdown of the page.
        book: the labs and samples the page may show.
        path: the file, for messages.
        page: its path below the docs folder, which tells its lab; the file's name by default.
        first_line: the line of the file on which `text` begins.
        rows: how many rows of a sample to show.
        place: what to write in place of a fence; the HTML itself by default.

    Raises:
        LabError: the first mistake on the page, with file and line.
    """
    read = read_page(
        text,
        book=book,
        path=path,
        page=path.name if page is None else page,
        first_line=first_line,
    )
    if read.mistakes:
        raise read.mistakes[0]
    parts: list[str] = []
    copied = 0
    for show in read.shows:
        number = show.cue.number + first_line - 1
        placed = place(render_show(show, number=number, rows=rows))
        parts += [text[copied : show.cue.start], "\n", show.cue.indent, placed, "\n"]
        copied = show.cue.end
    return "".join([*parts, text[copied:]])


def render_show(show: Show, *, number: int, rows: int = SAMPLE_ROWS) -> Block:
    """Return one scenario as HTML, for the fence on that line of its file."""
    scenario, sample = show.scenario, show.sample
    output = _output(scenario, sample) if sample else None
    has_rows = sample is not None and bool(sample.columns) and not output
    inside = _template().render(
        anchor=show.anchor,
        actions=[_item(line, action=True) for line in scenario.of_kind("When")],
        checks=[_item(line) for line in scenario.of_kind("Then")],
        output=output,
        sample=_sample_table(sample, rows)
        if sample and has_rows and not _is_told(scenario, sample)
        else None,
        foot=_foot(sample) if sample else None,
        unverified=_UNVERIFIED["live_only" if "live_only" in scenario.tags else "may_skip"],
    )
    return Block(show.anchor, scenario.title, inside.strip(), number)


def say(sentence: str, *, action: bool = False) -> str:
    """Return a line's sentence for the reader: no colon at its end, no `I` before an action."""
    text = sentence.rstrip().rstrip(":")
    if action:
        text = text.removeprefix("I ")
    return text[:1].upper() + text[1:]


def _item(line: Line, *, action: bool = False) -> Item:
    return Item(
        sentence=_sentence(say(line.sentence, action=action)),
        within=line.text[len(line.sentence) :].strip(),
        code=_code(line),
        table=_lab_table(line.table) if line.table else None,
    )


def _sentence(text: str) -> Markup:
    """Return a sentence whose quoted names are set as code."""
    pieces = _QUOTED.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(plain_html(piece)) if i % 2 else plain_html(piece)
        for i, piece in enumerate(pieces)
    )


def _code(line: Line) -> Code | None:
    """Return the code that a line shows: its program, which has no holes, or its doc string."""
    if line.program is not None:
        whole = code_html(Filled(line.program.text, ()), "python")
        return Code(whole, "python", fold(line.program))
    if line.docstring is None:
        return None
    language = line.media_type if has_lexer(line.media_type) else "text"
    return Code(code_html(fill(line.docstring), language), language)


def _lab_table(table: Sequence[Sequence[str]]) -> Table:
    header, *rows = table
    return Table(
        columns=_columns([plain_html(name) for name in header], rows),
        rows=tuple(tuple(Cell(plain_html(value)) for value in row) for row in rows),
    )


def _output(scenario: Scenario, sample: Sample) -> Code | None:
    """Return what a program printed, as a block of its own; None where no program ran."""
    runs = any(line.program is not None for line in scenario.lines)
    if not runs or len(sample.rows) != 1 or len(sample.columns) != 1:
        return None
    printed = _text(sample.rows[0][0]) or ""
    return Code(Markup.escape(printed), "text") if printed else None


def _is_told(scenario: Scenario, sample: Sample) -> bool:
    """Return whether a check's table says all that the sample would, row by row."""
    rows = sorted([_text(value) or "" for value in row] for row in sample.rows)
    return any(
        [name.casefold() for name in line.table[0]] == [n.casefold() for n in sample.columns]
        and sorted(list(row) for row in line.table[1:]) == rows
        for line in scenario.of_kind("Then")
        if line.table
    )


def _sample_table(sample: Sample, limit: int) -> Table:
    rows = [[_text(value) for value in row] for row in sample.rows]
    whole = len(rows) == 1  # then the text is what the reader came for
    return Table(
        columns=_columns([_breakable(name) for name in sample.columns], rows),
        rows=tuple(tuple(_cell(text, whole=whole) for text in row) for row in rows[:limit]),
        more=max(0, len(rows) - limit),
    )


def _columns(names: Sequence[Markup], rows: Sequence[Sequence[str | None]]) -> tuple[Column, ...]:
    return tuple(
        Column(name, numeric=_all_numbers([row[i] for row in rows])) for i, name in enumerate(names)
    )


def _all_numbers(values: Sequence[str | None]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(_NUMBER.match(value) for value in known)


def _breakable(name: str) -> Markup:
    """Return a column's name that may break after its underscores."""
    return Markup("_<wbr>").join(Markup.escape(part) for part in name.split("_"))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str | None, *, whole: bool) -> Cell:
    if text is None:
        return Cell(None)
    if whole and (len(text) > LONG_TEXT or "\n" in text):
        return Cell(Markup.escape(text), is_text=True)
    if len(text) <= LONG_TEXT:
        return Cell(Markup.escape(text))
    beginning = text[:LONG_TEXT].rsplit(" ", 1)[0].rstrip(" ,.;:|")
    return Cell(Markup.escape(text), Markup.escape(beginning + " …"))


_UNVERIFIED = {
    "live_only": "Runs on live accounts only; not verified there yet",
    "may_skip": "Runs where its tools are; not verified on the machine that made this page",
}
"""What stands in place of the moment where a scenario has never passed, by its tag."""


def _foot(sample: Sample) -> Foot:
    return Foot(
        iso=f"{sample.verified_at:%Y-%m-%dT%H:%M:%SZ}",
        instant=say_instant(sample.verified_at),
        target=say_target(sample.target),
        seconds=say_seconds(sample.seconds),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("runthrough.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("scenario.html")
