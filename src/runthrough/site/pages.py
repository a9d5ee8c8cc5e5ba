"""What a page shows, and every mistake on it with its line. Markdown text in, data out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from runthrough.errors import LabError
from runthrough.lab import Cue, Labs, Line, Scenario, find_cues, lab_name
from runthrough.site.curriculum import NO_CURRICULUM, Curriculum
from runthrough.site.fences import Fence, find_fences
from runthrough.site.samples import Sample, Samples, slug

_WAIVER = re.compile(
    r"^\s*<!--\s*runthrough:\s*(?P<kind>sql|python) by hand\b:?(?P<reason>.*?)-->\s*$"
)
_BY_HAND = {
    **dict.fromkeys(("sql", "flinksql", "flink-sql", "flink_sql"), ("sql", "SQL")),
    **dict.fromkeys(("python", "python3", "py", "py3", "pycon"), ("python", "Python")),
}
"""Languages that only a run may vouch for: how a waiver names them, and how people do."""


@dataclass(frozen=True)
class Book:
    """All a page needs to know: the labs, what their last run saw, and what they should teach."""

    labs: Labs
    samples: Samples
    curriculum: Curriculum = NO_CURRICULUM


@dataclass(frozen=True)
class Show:
    """One fence of a page, resolved.

    Attributes:
        cue: where the fence stands in the text.
        sample: the last run's result; None only for a scenario that no run here could carry out:
            of live accounts, or with a tool that this machine has not.
        anchor: the id its HTML carries, unique on the page.
    """

    cue: Cue
    scenario: Scenario
    sample: Sample | None
    anchor: str


@dataclass(frozen=True)
class PageRead:
    """A page as read: what it shows, and what is wrong with it, each in the order of its lines."""

    shows: tuple[Show, ...]
    mistakes: tuple[LabError, ...]


def read_page(text: str, *, book: Book, path: Path, page: str, first_line: int = 1) -> PageRead:
    """Read one page.

    Args:
        text: its Markdown.
        book: the labs and samples it may show.
        path: the file, for messages.
        page: its path below the docs folder (`lab2.md`), which tells its lab; empty if not known.
        first_line: the line of the file on which `text` begins, 1 unless front matter was cut off.
    """
    shows: list[Show] = []
    mistakes: list[LabError] = []
    cues = {cue.number: cue for cue in find_cues(text)}
    lab = page_lab(page, book.labs)
    for fence in find_fences(text):
        complaint: str | None = None
        if fence.language in _BY_HAND:
            complaint = _complain_of_code(fence)
        elif fence.language == "runthrough":
            show = _resolve(fence, cues.get(fence.number), book=book, lab=lab, before=shows)
            if isinstance(show, Show):
                shows.append(show)
            else:
                complaint = show
        if complaint is not None:
            mistakes.append(LabError(complaint, path=path, line=fence.number + first_line - 1))
    return PageRead(tuple(shows), tuple(mistakes))


def page_lab(page: str, labs: Labs) -> str | None:
    """Return the lab a page belongs to: `lab2` for `lab2.md`, `lab2_models.md`, `lab2/models.md`.

    None where there is no such lab, or the page is not known.
    """
    parts = PurePosixPath(page).parts
    name = lab_name(Path(parts[0])) if parts else ""
    return name if name in labs else None


def find_scenario(title: str, *, labs: Labs, lab: str | None) -> Scenario | str:
    """Return the scenario a fence names, or a sentence saying why there is none.

    Looks in the page's lab, then for an explicit `<lab>: ` in front; on a page of no lab, a title
    that only one lab has is enough.
    """
    if lab is not None and (found := labs.find(lab, title)) is not None:
        return found
    prefix, colon, rest = title.partition(":")
    if colon and prefix.strip() in labs:
        found = labs.find(prefix.strip(), rest.strip())
        return found or _unknown(rest.strip(), labs, prefix.strip())
    everywhere = [s for s in labs.scenarios() if s.title == title]
    if lab is None and len(everywhere) == 1:
        return everywhere[0]
    if lab is None and everywhere:
        choices = " or ".join(repr(f"{s.lab}: {s.title}") for s in everywhere)
        return f"several labs have a scenario named {title!r}; write {choices}"
    return _unknown(title, labs, lab)


def not_shown(labs: Labs, shows: Iterable[Show]) -> Iterator[LabError]:
    """Yield a mistake for every scenario that no page shows, at its own line."""
    shown = {(show.scenario.lab, show.scenario.title) for show in shows}
    for scenario in labs.scenarios():
        if (scenario.lab, scenario.title) not in shown:
            message = f"no page shows the scenario {scenario.title!r}"
            yield LabError(message, path=scenario.path, line=scenario.number)


_NEVER_HERE = frozenset({"live_only", "may_skip"})
"""Tags of scenarios that a machine without accounts, or without a tool, never carries out."""


def _resolve(
    fence: Fence, cue: Cue | None, *, book: Book, lab: str | None, before: list[Show]
) -> Show | str:
    """Return what a fence shows, or a sentence saying why it cannot be shown."""
    if cue is None or not fence.closed or "\n" in cue.title or not cue.title:
        return _complain_of_shape(fence, cue)
    scenario = find_scenario(cue.title, labs=book.labs, lab=lab)
    if isinstance(scenario, str):
        return scenario
    sample = book.samples.get((scenario.lab, scenario.title))
    if sample is None and not _NEVER_HERE & set(scenario.tags):
        return (
            f"{scenario.title!r} has no sample: it has not passed a run yet; "
            f"make one with: runthrough run {scenario.lab}"
        )
    if (line := _uncopiable(scenario)) is not None:
        what = f"the doc string of {scenario.path.name}:{line.number} ends in blank space"
        if line.program is not None:
            what = f"{line.program.path.name} does not end in one newline after its last letter"
        return (
            f"{what}, which a copy button drops; what a reader copies must be what the run executes"
        )
    return Show(cue, scenario, sample, _anchor(scenario, before))


def _unknown(title: str, labs: Labs, lab: str | None) -> str:
    message = f"no scenario named {title!r}" + (f" in {lab}" if lab is not None else "")
    names = {s.title if s.lab == lab else f"{s.lab}: {s.title}": s.title for s in labs.scenarios()}
    same = [name for name, plain in names.items() if plain == title]
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(title.casefold(), folded, n=1, cutoff=0.6)
    guess = same or [folded[name] for name in near]
    return f"{message}; did you mean {guess[0]!r}?" if guess else message


def _uncopiable(scenario: Scenario) -> Line | None:
    """Return the first When line whose text no copy button can carry to the byte.

    The newline that ends a file is nobody's loss: whoever pastes the text ends it with one.
    """
    for line in scenario.of_kind("When"):
        text = line.docstring
        if line.program is not None:
            text = line.program.text.removesuffix("\n")
        if text is not None and text != text.rstrip():
            return line
    return None


def _anchor(scenario: Scenario, before: list[Show]) -> str:
    name = f"step-{slug(scenario.title) or 'untitled'}"
    taken = {show.anchor for show in before}
    candidates = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def _complain_of_code(fence: Fence) -> str | None:
    kind, name = _BY_HAND[fence.language]
    waiver = _WAIVER.match(fence.above)
    if waiver is None or waiver["kind"] != kind:
        return (
            f"this {name} is typed by hand, so no run checks it; show a scenario with a runthrough "
            f"fence, or put <!-- runthrough: {kind} by hand: reason --> directly above"
        )
    if not waiver["reason"].strip():
        return f"this waiver gives no reason; write <!-- runthrough: {kind} by hand: reason -->"
    return None


def _complain_of_shape(fence: Fence, cue: Cue | None) -> str:
    if ">" in fence.lead:
        return "a runthrough fence cannot stand in a quotation (>); use an admonition"
    if not fence.closed or (cue is not None and "```" in cue.title):
        return "this runthrough fence is not closed"
    if cue is None:
        return "a runthrough fence opens and closes with three backticks of the same indentation"
    return "a runthrough fence holds one line: the title of a scenario"
