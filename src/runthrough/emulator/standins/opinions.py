"""What one text says: which themes it touches, and whether it praises or blames them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from runthrough.emulator.standins.lexicon import LEXICON, Theme

LONGEST = 5_000
"""Characters of one text that are read; a review has a few hundred."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")  # noqa: RUF001
_SENTENCE_END = re.compile(r"[.!?;\n]+")
_FRAGMENT_END = re.compile(
    r",|:|\s-\s|–|—|\b(?:but|however|though|although|yet|while|whereas|except|despite"  # noqa: RUF001
    r"|and (?=(?:the|our|my|its|their)\b))",
    re.I,
)
_VERBS = {"was", "were", "is", "are", "felt", "looked", "looks", "seemed", "remained", "tasted"}
_FILLERS = {
    "so",
    "very",
    "really",
    "quite",
    "rather",
    "too",
    "truly",
    "absolutely",
    "always",
    "both",
}
_FILLERS |= {"and", "also", "utterly", "simply", "just", "a", "bit", "little", "wonderfully", "on"}


@dataclass(frozen=True)
class Opinion:
    """What one text thinks of one theme.

    Attributes:
        score: above zero praise, below zero blame, zero neither.
        adjective: a word of the text that judges the thing named by `noun`, '' where none fits.
    """

    theme: Theme
    score: int
    adjective: str = ""
    noun: str = ""

    @property
    def phrase(self) -> str:
        """How a summary names it, in the text's own adjective where there is one."""
        if self.adjective:
            return f"the {self.adjective} {self.noun}"
        return self.theme.liked if self.score >= 0 else self.theme.disliked


@dataclass(frozen=True)
class _Fragment:
    text: str
    words: tuple[str, ...]
    score: int
    themes: tuple[Theme, ...]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    return tuple(word.lower().replace("’", "'") for word in _WORD.findall(text))  # noqa: RUF001


def score_text(text: str) -> int:
    """Sum up praise and blame of a text; a negation shortly before a word turns it round."""
    return sum(_score(words_of(part)) for part in _SENTENCE_END.split(text[:LONGEST]))


def read_opinions(text: str) -> tuple[Opinion, ...]:
    """Return one opinion for each theme the text touches, in the order it touches them.

    A theme that is named without any judgement shares that of its sentence, or else of the text.
    Of a very long text only the first LONGEST characters are read.
    """
    return _read_opinions(text[:LONGEST])


@lru_cache(maxsize=4096)  # a running aggregate sends the same reviews again and again
def _read_opinions(text: str) -> tuple[Opinion, ...]:
    found: dict[str, Opinion] = {}
    mood = _sign(score_text(text))
    for sentence in _SENTENCE_END.split(text):
        fragments = _share_judgements([_read_fragment(p) for p in _FRAGMENT_END.split(sentence)])
        tone = _sign(sum(fragment.score for fragment in fragments)) or mood
        for fragment in fragments:
            for theme in fragment.themes:
                new = _form_opinion(theme, fragment, tone)
                old = found.get(theme.name)
                found[theme.name] = new if old is None else _merge(old, new)
    return tuple(found.values())


def _read_fragment(text: str) -> _Fragment:
    words = words_of(text)
    themes = tuple(theme for theme in LEXICON.themes if theme.touched.search(text))
    nearer = tuple(theme for theme in themes if theme.name != "overall")
    return _Fragment(text, words, _score(words), nearer or themes)


def _share_judgements(fragments: list[_Fragment]) -> list[_Fragment]:
    """Give a thing without a judgement that of its neighbour which has no thing of its own."""
    for at in range(len(fragments) - 1):
        one, after = fragments[at], fragments[at + 1]
        if one.themes and not one.score and not after.themes:
            fragments[at] = replace(one, score=after.score)
        elif after.themes and not after.score and not one.themes:
            fragments[at + 1] = replace(after, score=one.score)
    return fragments


def _score(words: tuple[str, ...]) -> int:
    return sum(_weigh(words, at) for at, word in enumerate(words) if word in LEXICON.weights)


def _weigh(words: tuple[str, ...], at: int) -> int:
    weight = LEXICON.weights[words[at]]
    before = words[max(0, at - 3) : at]
    negated = any(word in LEXICON.negations or word.endswith("n't") for word in before)
    if negated and weight > 0 and words[at].endswith("er"):
        return weight + 1  # "could not have been kinder"
    return -_sign(weight) if negated else weight


def _form_opinion(theme: Theme, fragment: _Fragment, tone: int) -> Opinion:
    for pattern, noun in theme.nouns:
        for match in pattern.finditer(fragment.text):
            adjective = _find_adjective(fragment, match)
            if adjective:
                return Opinion(theme, fragment.score, adjective, noun)
    return Opinion(theme, fragment.score or tone)


def _find_adjective(fragment: _Fragment, match: re.Match[str]) -> str:
    """Return the adjective right before the noun, or the one a `was` or `felt` ties to it."""
    for word in (*words_of(fragment.text[: match.start()])[-1:], *_tied(fragment, match)):
        if word in LEXICON.adjectives and _agrees(fragment, word):
            return word
    return ""


def _tied(fragment: _Fragment, match: re.Match[str]) -> Iterator[str]:
    rest = fragment.text[match.end() :]
    words = words_of(rest)
    verb = next((at for at, word in enumerate(words[:5]) if word in _VERBS), None)
    if verb is None or any(t.touched.search(" ".join(words[:verb])) for t in fragment.themes):
        return
    yield from [word for word in words[verb + 1 :] if word not in _FILLERS][:1]


def _agrees(fragment: _Fragment, word: str) -> bool:
    """Whether a word judges as its fragment does, and is not turned round by a negation."""
    weight = _weigh(fragment.words, fragment.words.index(word))
    return weight == LEXICON.weights[word] and weight * fragment.score > 0


def _merge(old: Opinion, new: Opinion) -> Opinion:
    """Join two opinions of one theme; the adjective is that of the side that prevails."""
    score = old.score + new.score
    for side in (old, new):
        if side.adjective and side.score * score > 0:
            return Opinion(old.theme, score, side.adjective, side.noun)
    return Opinion(old.theme, score)


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)
