"""The summarizer: several texts into one sentence, one text into a few words.

Extractive: it names the themes that most texts share, with the adjectives the texts use, and says
who prevails. The choice between equal wordings hangs on the texts alone, so that the same texts
give the same summary and other texts tend to give another.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runthrough.emulator.standins.lexicon import LEXICON
from runthrough.emulator.standins.opinions import (
    LONGEST,
    Opinion,
    read_opinions,
    score_text,
    words_of,
)
from runthrough.emulator.standins.rules import Task

_SHAPES = ((3, 2), (2, 2), (2, 1), (1, 1), (1, 0))
_LAST_RESORT = "-"
"""For a text so short that nothing shorter can be said of it."""

_COUNTS = {1: "one", 2: "two", 3: "three"}


@dataclass(frozen=True)
class _Topic:
    """A theme over all texts: who praises it, who blames it, and how to name it."""

    name: str
    praised: int
    blamed: int
    plain: str
    liked: str
    disliked: str
    strength: int


def summarize(task: Task) -> str:
    """Return the summary a task asks for, within the limits it states."""
    if not task.texts:
        return task.nothing
    candidates = _condense(task) if len(task.texts) == 1 else _merge(task)
    shortest = ""
    for text in candidates:
        if _repeats(text, task):
            continue
        if _fits(text, task):
            return text
        shortest = min(filter(None, (shortest, text)), key=len)
    return _cut(shortest, task) if shortest else _LAST_RESORT


def name_points(task: Task, praised: str, blamed: str) -> tuple[str, ...]:
    """Return what the texts praise and blame, as `praised: the pool`, most named first.

    The words before the colons are given; what stands behind them is as the texts and our own list
    of themes have it, in English. () where nothing is praised or blamed.
    """
    topics = _gather(task.texts)
    topics = [topic for topic in topics if topic.name != "overall"] or topics
    liked = sorted((t for t in topics if t.praised > t.blamed), key=_rank_liked)
    disliked = sorted((t for t in topics if t.blamed > t.praised), key=_rank_disliked)
    if task.liked_only and liked:
        disliked = []
    named = [f"{praised}: {topic.liked}" for topic in liked]
    return tuple(dict.fromkeys([*named, *(f"{blamed}: {t.disliked}" for t in disliked)]))


def _fits(text: str, task: Task) -> bool:
    return (task.max_words is None or len(text.split()) <= task.max_words) and (
        task.max_characters is None or len(text) <= task.max_characters
    )


def _repeats(text: str, task: Task) -> bool:
    """Whether a summary is one of the texts, holds one, or does not shorten the only one."""
    if len(task.texts) == 1 and len(text) >= len(task.texts[0]):
        return True
    said = " ".join(words_of(text))
    for given in task.texts:
        words = words_of(given[:LONGEST])
        if text.strip() == given.strip() or said == " ".join(words):
            return True
        if len(words) >= 4 and " ".join(words) in said:
            return True
    return False


def _cut(text: str, task: Task) -> str:
    words = text.rstrip(".").split()
    while len(words) > 1 and not _fits(" ".join(words) + ".", task):
        words.pop()
    return (" ".join(words) + ".")[: task.max_characters]


def _condense(task: Task) -> Iterator[str]:
    """Yield wordings of a few words for one text, the fullest first."""
    text = task.texts[0]
    opinions = [o for o in read_opinions(text) if o.theme.name != "overall"]
    liked = [o.phrase for o in sorted(opinions, key=lambda o: -o.score) if o.score > 0]
    disliked = [o.phrase for o in sorted(opinions, key=lambda o: o.score) if o.score < 0]
    score = score_text(text)
    if task.liked_only and liked:
        disliked = []
    yield from _condensed_pairs(liked, disliked, text)
    named = [o.phrase for o in opinions if o.score == 0] + _keywords(task.texts)
    if not liked and not disliked and named:
        yield _pick((f"A few words on {named[0]}.", f"Mainly about {named[0]}."), text)
    yield from {1: ("Pleased overall.", "Pleased."), -1: ("Let down overall.", "Let down.")}.get(
        _sign(score), ("A fair stay.", "Neutral.")
    )
    yield "Brief."


def _condensed_pairs(liked: Sequence[str], disliked: Sequence[str], text: str) -> Iterator[str]:
    if liked and disliked:
        yield _pick(
            (
                f"Liked {liked[0]}, less so {disliked[0]}.",
                f"Happy with {liked[0]}, but not with {disliked[0]}.",
                f"Praise for {liked[0]}, criticism of {disliked[0]}.",
            ),
            text,
        )
    strong = score_text(text) >= 3
    for count in (2, 1):
        if liked:
            things = _enumerate(liked[:count])
            if strong:
                yield _pick((f"Delighted by {things}.", f"Full of praise for {things}."), text)
            yield _pick((f"Liked {things}.", f"Happy with {things}."), text)
        elif disliked:
            things = _enumerate(disliked[:count])
            yield _pick((f"Let down by {things}.", f"Unhappy with {things}."), text)
            yield f"Disliked {things}."


def _merge(task: Task) -> Iterator[str]:
    """Yield sentences for several texts, the fullest first."""
    topics = _gather(task.texts)
    near = [topic for topic in topics if topic.name != "overall"] or topics
    liked = sorted((t for t in near if t.praised > t.blamed), key=_rank_liked)
    disliked = sorted((t for t in near if t.blamed > t.praised), key=_rank_disliked)
    divided = [t for t in near if t.praised == t.blamed > 0]
    if task.liked_only and (liked or disliked):
        disliked, divided = ([] if liked else disliked), []
    for more, less in _SHAPES:
        yield from _sentences(task, liked, disliked, divided, more=more, less=less)
    yield from _plain_sentences(task, near)


def _rank_liked(topic: _Topic) -> tuple[int, int]:
    return (topic.blamed - topic.praised, -topic.strength)


def _rank_disliked(topic: _Topic) -> tuple[int, int]:
    return (topic.praised - topic.blamed, topic.strength)


def _sentences(
    task: Task,
    liked: list[_Topic],
    disliked: list[_Topic],
    divided: list[_Topic],
    *,
    more: int,
    less: int,
) -> Iterator[str]:
    """Yield the sentence of one shape.

    `more` is how many things of the side that prevails it names, `less` how many of the other.
    """
    seed = "|".join(task.texts)
    who = task.subject.capitalize()
    praise, blame = sum(t.praised for t in liked), sum(t.blamed for t in disliked)
    if liked and praise >= blame:
        main = f"{who} {_praising(liked, seed)} {_enumerate(t.liked for t in liked[:more])}"
        aside = _aside_of_blame(disliked[:less], task, seed) or _aside_of_doubt(divided[:less])
        yield f"{main}{aside}."
    elif disliked:
        blaming = _blaming(seed)
        if task.liked_only:
            blaming = f"found little to like and {blaming}"
        main = f"{who} {blaming} {_enumerate(t.disliked for t in disliked[:more])}"
        yield f"{main}{_aside_of_praise(liked[:less], seed) or _aside_of_doubt(divided[:less])}."
    elif divided:
        things = _enumerate(t.plain for t in divided[:more])
        yield _pick(
            (f"{who} were divided over {things}.", f"{who} disagreed about {things}."), seed
        )


def _praising(liked: list[_Topic], seed: str) -> str:
    strength = sum(t.strength for t in liked[:3]) / max(1, sum(t.praised for t in liked[:3]))
    if strength >= 1.9:
        return _pick(("loved", "raved about", "were delighted by", "were full of praise for"), seed)
    return _pick(("praised", "appreciated", "enjoyed", "spoke warmly of", "were happy with"), seed)


def _blaming(seed: str) -> str:
    return _pick(
        ("were let down by", "complained about", "were disappointed by", "were unhappy with"), seed
    )


def _aside_of_blame(disliked: list[_Topic], task: Task, seed: str) -> str:
    if not disliked:
        return ""
    count = max(topic.blamed for topic in disliked)
    who = _COUNTS.get(count, "many" if 2 * count > len(task.texts) else "several")
    verb = "was" if count == 1 else "were"
    things = _enumerate(t.disliked for t in disliked)
    return _pick(
        (
            f", though {who} {verb} let down by {things}",
            f", although {who} {verb} disappointed by {things}",
            f", while {who} {verb} bothered by {things}",
        ),
        seed,
    )


def _aside_of_praise(liked: list[_Topic], seed: str) -> str:
    if not liked:
        return ""
    count = max(topic.praised for topic in liked)
    who = _COUNTS.get(count, "several")
    things = _enumerate(t.liked for t in liked)
    return _pick((f", although {who} praised {things}", f", even if {who} enjoyed {things}"), seed)


def _aside_of_doubt(divided: list[_Topic]) -> str:
    return f", with mixed views on {_enumerate(t.plain for t in divided)}" if divided else ""


def _plain_sentences(task: Task, topics: list[_Topic]) -> Iterator[str]:
    """Yield sentences for texts that praise and blame nothing we know."""
    seed, who = "|".join(task.texts), task.subject.capitalize()
    mood = {1: "mostly positive", -1: "mostly critical", 0: "neither for nor against"}[
        _sign(sum(score_text(text) for text in task.texts))
    ]
    themes = [topic.plain for topic in topics if not topic.praised and not topic.blamed]
    for things in (themes[:3], _keywords(task.texts)[:3]):
        if things:
            listed = _enumerate(things)
            yield _pick(
                (
                    f"{who} were {mood}, writing mainly about {listed}.",
                    f"{who} were {mood} and mentioned {listed}.",
                ),
                seed,
            )
    yield f"{who} were {mood}."
    yield f"{who} wrote {mood.replace('neither for nor against', 'neutral')} notes."


def _gather(texts: Sequence[str]) -> list[_Topic]:
    """Count, over all texts, who praises and who blames each theme, in order of first mention."""
    by_theme: dict[str, list[Opinion]] = {}
    for text in texts:
        for opinion in read_opinions(text):
            by_theme.setdefault(opinion.theme.name, []).append(opinion)
    return [_count(name, opinions) for name, opinions in by_theme.items()]


def _count(name: str, opinions: list[Opinion]) -> _Topic:
    theme = opinions[0].theme
    return _Topic(
        name=name,
        praised=sum(o.score > 0 for o in opinions),
        blamed=sum(o.score < 0 for o in opinions),
        plain=theme.liked,
        liked=_commonest((o.phrase for o in opinions if o.score > 0 and o.adjective), theme.liked),
        disliked=_commonest(
            (o.phrase for o in opinions if o.score < 0 and o.adjective), theme.disliked
        ),
        strength=sum(min(o.score, 3) if o.score > 0 else max(o.score, -3) for o in opinions),
    )


def _commonest(phrases: Iterable[str], otherwise: str) -> str:
    counted = Counter(phrases)
    return counted.most_common(1)[0][0] if counted else otherwise


def _keywords(texts: Sequence[str]) -> list[str]:
    """Return the words most texts share, of those that carry a meaning, the commonest first."""
    meaningless = LEXICON.stop_words | LEXICON.weights.keys()
    counted: Counter[str] = Counter()
    for text in texts:
        words = dict.fromkeys(words_of(text[:LONGEST]))
        counted.update(w for w in words if len(w) > 3 and w not in meaningless)
    return [word for word, _ in counted.most_common(3)]


def _enumerate(things: Iterable[str]) -> str:
    # "how clean everything was" reads best at the end of a list.
    *first, last = sorted(dict.fromkeys(things), key=lambda thing: thing.startswith("how "))
    return f"{', '.join(first)} and {last}" if first else last


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)


def _pick(wordings: Sequence[str], seed: str) -> str:
    digest = hashlib.sha256(re.sub(r"\s+", " ", seed).encode("utf-8", "replace")).digest()
    return wordings[int.from_bytes(digest[:4], "big") % len(wordings)]
