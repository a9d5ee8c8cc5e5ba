"""The pages nobody writes: agenda, coverage, glossary of lines. Data in, Markdown out.

The fourth, what is emulated, is not about the labs: see `emulated.py`.

Links are Markdown links from a page at the root of the docs folder, so the builder checks them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from runthrough.lab import Kind, Lab, Labs, Scenario
from runthrough.site.curriculum import scenarios_by_id
from runthrough.site.pages import Book, page_lab
from runthrough.site.samples import Sample
from runthrough.words import say_day, say_seconds, say_target

MOST_USERS = 5
"""Steps that stand open beside a line of the glossary; more are folded."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+.!|~^:$-])")
_VARYING = re.compile(r'"[^"]*"|(?<![\w.])\d+(?:\.\d+)?(?![\w.])')


@dataclass(frozen=True)
class Place:
    """Where a scenario is shown: a page below the docs folder, its title, and the anchor on it.

    Attributes:
        minutes: how long the page says it takes; 0 if it does not say.
    """

    page: str
    title: str
    anchor: str
    minutes: int = 0


Places = Mapping[tuple[str, str], Sequence[Place]]
"""Every place of a scenario, by (lab, title)."""


def generated_pages(book: Book, places: Places) -> dict[str, str]:
    """Return all generated pages: file name → Markdown."""
    return {
        "agenda.md": agenda_page(book, places),
        "coverage.md": coverage_page(book, places),
        "glossary.md": glossary_page(book.labs, places),
    }


def agenda_page(book: Book, places: Places) -> str:
    """Return the agenda: the labs with their steps, the time to plan, and what each step took."""
    parts = [
        "# Agenda",
        "The labs in the order of the course. *To plan* is the time a reader needs for a page; the "
        "time of a step is what its last run took, which depends on where it ran: live accounts "
        "take longer than the emulator. A line (—) stands where a step was not run.",
        _table(("Lab", "Steps", "To plan", "Last run"), "-rrr", _labs(book, places)),
    ]
    for lab in book.labs:
        rows = (
            (str(number), _link(scenario, places), _took(_sample(book, scenario)))
            for number, scenario in enumerate(lab.scenarios, start=1)
        )
        parts += [
            f"## {_plain(lab.title)}",
            f"{_count(len(lab.scenarios), 'step')}, {_took_all(book, lab)} in all.",
            _table(("No.", "Step", "Time"), "r-r", rows),
        ]
    return _page(parts)


def _labs(book: Book, places: Places) -> Iterator[Sequence[str]]:
    """Yield a row for each lab: its page, its steps, the time to plan, the time of the last run."""
    for lab in book.labs:
        shown = [place for s in lab.scenarios for place in _places(s, places)]
        own = next((place for place in shown if page_lab(place.page, book.labs) == lab.name), None)
        title = f"[{_plain(lab.title)}](<{own.page}>)" if own else _plain(lab.title)
        plan = f"{own.minutes} min" if own and own.minutes else "—"
        yield title, str(len(lab.scenarios)), plan, _took_all(book, lab)


def coverage_page(book: Book, places: Places) -> str:
    """Return the coverage: the curriculum, then every scenario, its pages, tags and last result."""
    parts = [
        "# Coverage",
        "What the labs teach, where each step is shown, and how its last run went.",
        *_curriculum(book, places),
    ]
    for lab in book.labs:
        usual = _usual(book, lab)
        passed = sum(1 for scenario in lab.scenarios if _sample(book, scenario))
        told = f"{passed} of {_count(len(lab.scenarios), 'step')} verified"
        rows = (
            (
                _plain(scenario.title),
                _shown_on(_places(scenario, places)),
                " ".join(_badge(tag) for tag in scenario.tags if tag not in lab.tags),
                _result(_sample(book, scenario), usual),
            )
            for scenario in lab.scenarios
        )
        parts += [
            f"## {_plain(lab.title)}",
            f"{told}, {_plain(usual)}." if usual else f"{told}.",
            _table(("Step", "Shown on", "Tags", "Last run"), "----", rows),
        ]
    return _page(parts)


def _curriculum(book: Book, places: Places) -> Iterator[str]:
    """Yield the part of the coverage that goes by the curriculum, where there is one."""
    chapters = book.curriculum.chapters
    if not chapters:
        return
    taught = scenarios_by_id(book.labs)
    steps = list(book.curriculum.steps())
    count = sum(1 for step in steps if step.id in taught)
    yield "## The curriculum"
    yield (
        f"{count} of {_count(len(steps), 'step')} that the workshops behind these labs teach are"
        " carried out by a scenario"
        + ("." if count == len(steps) else "; of the others the table says why not.")
    )
    for chapter in chapters:
        yield f"### {_plain(chapter.title)} by id"
        rows = (
            (
                _badge(step.id),
                _plain(step.title),
                "<br>".join(_link(s, places) for s in taught.get(step.id, ()))
                or f"no scenario: {_plain(step.reason)}",
            )
            for step in chapter.steps
        )
        yield _table(("Id", "Step", "Scenario"), "---", rows)


def glossary_page(labs: Labs, places: Places) -> str:
    """Return the glossary: every distinct line of the features, and the steps that use it.

    Lines that differ only in quoted names and in numbers are one line.
    """
    parts = [
        "# Glossary of lines",
        "Every sentence the labs are written in. Quoted names and numbers vary, shown as … here.",
    ]
    headings: Mapping[Kind, str] = {
        "Given": "What must be there",
        "When": "What you do",
        "Then": "What you can see",
    }
    for kind, heading in headings.items():
        used = _sentences(labs, kind)
        if not used:
            continue
        rows = (
            (
                f"{kind} {_plain(sentence)}",
                _users([_link(scenario, places) for scenario in used[sentence]]),
            )
            for sentence in sorted(used, key=str.casefold)
        )
        parts += [f"## {heading}", _table(("Line", "Used in"), "--", rows)]
    return _page(parts)


def _users(links: Sequence[str]) -> str:
    """Return the steps that use a line, one below the other; many of them are folded."""
    listed = "<br>".join(links)
    if len(links) <= MOST_USERS:
        return listed
    summary = f"<summary>{len(links)} steps</summary>"
    return f'<details class="rt-users">{summary}{listed}</details>'


def _sentences(labs: Labs, kind: Kind) -> dict[str, list[Scenario]]:
    """Return the distinct sentences of a kind, each with the scenarios that use it, in order."""
    used: dict[str, list[Scenario]] = {}
    for scenario in labs.scenarios():
        for line in scenario.of_kind(kind):
            users = used.setdefault(_general(line.sentence), [])
            if scenario not in users:
                users.append(scenario)
    return used


def _general(sentence: str) -> str:
    return _VARYING.sub(lambda match: '"…"' if match[0].startswith('"') else "…", sentence)


def _sample(book: Book, scenario: Scenario) -> Sample | None:
    return book.samples.get((scenario.lab, scenario.title))


def _places(scenario: Scenario, places: Places) -> Sequence[Place]:
    return places.get((scenario.lab, scenario.title), ())


def _link(scenario: Scenario, places: Places) -> str:
    shown = _places(scenario, places)
    return _place_link(shown[0], scenario.title) if shown else _plain(scenario.title)


def _place_link(place: Place, text: str) -> str:
    return f"[{_plain(text)}](<{place.page}#{place.anchor}>)"


def _shown_on(places: Sequence[Place]) -> str:
    """Return links to all places: a page by its title, where it shows a step again by a number."""
    links: list[str] = []
    met: dict[str, int] = {}
    for place in places:
        met[place.page] = met.get(place.page, 0) + 1
        again = met[place.page]
        links.append(_place_link(place, place.title if again == 1 else str(again)))
    return ", ".join(links) or "nowhere"


def _took(sample: Sample | None) -> str:
    return say_seconds(sample.seconds) if sample else "—"


def _took_all(book: Book, lab: Lab) -> str:
    return say_seconds(sum(s.seconds for s in map(partial(_sample, book), lab.scenarios) if s))


def _usual(book: Book, lab: Lab) -> str:
    """Return where and on which day most of a lab's steps were last run; empty if none was."""
    known = Counter(_where(s) for s in map(partial(_sample, book), lab.scenarios) if s)
    return max(known, key=lambda where: known[where]) if known else ""


def _where(sample: Sample) -> str:
    return f"on {say_target(sample.target)}, {say_day(sample.verified_at)}"


def _result(sample: Sample | None, usual: str) -> str:
    """Return how the last run went, and where it was if that is not as for most of the lab."""
    if sample is None:
        return '<span class="rt-result rt-never">never run</span>'
    passed = '<span class="rt-result rt-passed">passed</span>'
    where = _where(sample)
    return passed if where == usual else f"{passed} {_plain(where)}"


def _badge(tag: str) -> str:
    return f'<span class="rt-tag">{_plain(tag)}</span>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda match: f"&#{ord(match[1])};", safe)


def _table(header: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    rule = ("---:" if side == "r" else "---" for side in align)
    return "\n".join(_rows([header, list(rule), *rows]))


def _rows(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
