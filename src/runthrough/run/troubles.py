"""The page on troubleshooting as data: which of its entries a failure's text belongs to.

`labs/troubleshooting.md` is read as people read it. Each `###` heading opens an entry, and an
entry holds

- what its reader sees: one or more blocks of code opened by ```` ```text title="You see" ````,
- the cause: a paragraph,
- what to do: a numbered list, whose first sentence a failure quotes,
- a `runthrough` fence with the scenario that brings the trouble about.

The lines of a block stand for themselves, in this order, anywhere in a failure's text; `…` stands
for anything. Blanks and line ends are all alike, and so are the two apostrophes, because terminals
wrap and pages set type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runthrough.errors import LabError
from runthrough.lab import find_cues

PAGE = Path("labs", "troubleshooting.md")
"""Where the page is, seen from beside the folder of the features."""

ANYTHING = "…"
"""What stands for any text in a symptom, none included."""

FEWEST_LETTERS = 10
"""A symptom with fewer would fit by chance."""

_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*$")
_MARK = re.compile(r"^\s*(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
_YOU_SEE = re.compile(r'^text\s+title="You see"\s*$')
_FIRST_STEP = re.compile(r"^\d+\.\s+(?P<text>.+)$")
_ANOTHER_BLOCK = re.compile(r"^\s*(\d+\.|[-*+]|#+|!!!|===|\?\?\?)\s")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\([^)]*\)")
_SENTENCE = re.compile(r"^.*?[.!?](?=\s+[^\W\d_a-z]|$)")  # `us. in us-east-1` goes on


@dataclass(frozen=True)
class Symptom:
    """What a reader sees: the pieces of its text, in order, with anything between them."""

    pieces: tuple[str, ...]

    @property
    def letters(self) -> int:
        """How much text it asks for: of two that fit, the one with more says more."""
        return sum(len(piece) for piece in self.pieces)

    def fits(self, text: str) -> bool:
        """Return whether the pieces stand in a text, in order and without overlap."""
        text, at = _plain(text), 0
        for piece in self.pieces:
            found = text.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return True


@dataclass(frozen=True)
class Trouble:
    """One entry of the page.

    Attributes:
        anchor: the id its heading has on the published page.
        number: the line of its heading.
        symptoms: what its reader may see; one that fits is enough.
        remedy: the first sentence of what to do, without Markdown.
        scenarios: the titles its fences name, as written.
    """

    title: str
    anchor: str
    path: Path
    number: int
    symptoms: tuple[Symptom, ...]
    remedy: str
    scenarios: tuple[str, ...]

    def letters_in(self, text: str) -> int:
        """Return how much of a text its best symptom explains; 0 where none fits."""
        return max((s.letters for s in self.symptoms if s.fits(text)), default=0)


class Troubles:
    """The entries of a page, in its order."""

    def __init__(self, entries: Iterable[Trouble] = ()) -> None:
        self._entries = tuple(entries)

    def __iter__(self) -> Iterator[Trouble]:
        return iter(self._entries)

    def find(self, text: str) -> Trouble | None:
        """Return the entry that explains most of a failure's text, or None."""
        best = max(self._entries, key=lambda entry: entry.letters_in(text), default=None)
        return best if best is not None and best.letters_in(text) else None

    def advice(self, text: str) -> str:
        """Return the lines a failure ends with: entry, place, first thing to do; or nothing."""
        found = self.find(text)
        if found is None:
            return ""
        place = f"{found.path.as_posix()}#{found.anchor}"
        return f"help: {found.title} ({place})\n      {found.remedy}"


def troubles_beside(features: Path) -> Troubles:
    """Return the troubles of the project whose features a folder holds; none without a page.

    Raises:
        LabError: the page cannot be read, with file and line.
    """
    path = features.parent / PAGE
    if not path.is_file():
        return Troubles()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as e:
        raise LabError("this file is not UTF-8", path=path, line=1) from e
    return read_troubles(text, path=path)


def read_troubles(text: str, *, path: Path) -> Troubles:
    """Read the page.

    Raises:
        LabError: an entry lacks one of its parts, a symptom says too little, or two headings have
            one anchor; with file and line.
    """
    anchors: dict[str, int] = {}
    entries: list[Trouble] = []
    for section in _sections(text, path):
        anchor = slug(section.title)
        if anchor in anchors:
            message = f"{section.title!r} has the anchor of the heading at line {anchors[anchor]}"
            raise LabError(message, path=path, line=section.number)
        anchors[anchor] = section.number
        if section.level == 3:
            entries.append(_entry(section, anchor, path))
        elif section.symptoms:
            message = "what you see stands in no entry: a ### heading opens one"
            raise LabError(message, path=path, line=section.symptoms[0].number)
    return Troubles(entries)


def slug(title: str) -> str:
    """Return the id that Python-Markdown gives a heading."""
    plain = re.sub(r"[`*]", "", title)
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", letters).strip().lower())


@dataclass(frozen=True)
class _Block:
    """A block of code: the line of its opening marks, and what stands in it."""

    number: int
    lines: tuple[str, ...]


@dataclass
class _Section:
    """A heading and what follows it up to the next one."""

    level: int
    title: str
    number: int
    symptoms: list[_Block] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def _sections(text: str, path: Path) -> Iterator[_Section]:
    """Yield the page's sections; nothing inside a block of code is a heading or prose."""
    section = _Section(0, "", 0)
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        opening, heading = _MARK.match(line), _HEADING.match(line)
        if opening is not None:
            end = _closing(lines, at, opening["mark"])
            if end is None:
                raise LabError("this block of code is not closed", path=path, line=at + 1)
            if _YOU_SEE.match(opening["info"].strip()):
                section.symptoms.append(_Block(at + 1, tuple(lines[at + 1 : end])))
            section.lines += lines[at : end + 1]
            at = end
        elif heading is not None:
            if section.title:
                yield section
            section = _Section(len(heading["marks"]), heading["title"], at + 1)
        else:
            section.prose.append(line)
            section.lines.append(line)
        at += 1
    if section.title:
        yield section


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    closing = re.compile(rf"^\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
    return next((at for at in range(start + 1, len(lines)) if closing.match(lines[at])), None)


def _entry(section: _Section, anchor: str, path: Path) -> Trouble:
    cause, remedy = _cause_and_remedy(section.prose)
    scenarios = tuple(cue.title for cue in find_cues("\n".join(section.lines)))
    parts = {
        'what its reader sees (a block ```text title="You see")': section.symptoms,
        "a cause (a paragraph)": cause,
        "anything to do (a numbered list)": remedy,
        "a scenario that brings it about (a runthrough fence)": scenarios,
    }
    missing = [name for name, part in parts.items() if not part]
    if missing:
        message = f"the entry {section.title!r} does not have {missing[0]}"
        raise LabError(message, path=path, line=section.number)
    return Trouble(
        title=section.title,
        anchor=anchor,
        path=path,
        number=section.number,
        symptoms=tuple(_symptom(block, path) for block in section.symptoms),
        remedy=remedy,
        scenarios=scenarios,
    )


def _symptom(block: _Block, path: Path) -> Symptom:
    pieces = [_plain(piece) for line in block.lines for piece in line.split(ANYTHING)]
    symptom = Symptom(tuple(piece for piece in pieces if piece))
    if symptom.letters < FEWEST_LETTERS:
        message = f"this symptom has fewer than {FEWEST_LETTERS} letters, so it fits by chance"
        raise LabError(message, path=path, line=block.number)
    return symptom


def _cause_and_remedy(prose: list[str]) -> tuple[str, str]:
    """Return the text before an entry's first numbered list, and that list's first sentence."""
    first = next((at for at, line in enumerate(prose) if _FIRST_STEP.match(line)), len(prose))
    cause = " ".join(line.strip() for line in prose[:first]).strip()
    step: list[str] = []
    for line in prose[first:]:
        if step and (not line.strip() or _ANOTHER_BLOCK.match(line)):
            break
        step.append(line.strip())
    text = re.sub(r"^\d+\.\s+", "", " ".join(step))
    text = re.sub(r"[`*]", "", _LINK.sub(lambda link: link["text"], text))
    sentence = _SENTENCE.match(text)
    return cause, sentence[0] if sentence else text


def _plain(text: str) -> str:
    """Return a text with blanks, line ends and apostrophes made alike."""
    return " ".join(text.replace("\u2019", "'").split())
