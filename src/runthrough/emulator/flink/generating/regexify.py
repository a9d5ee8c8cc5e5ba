"""Texts that match a pattern: `#{regexify '(A|B){1}[0-9]{4}'}`.

A subset of regular expressions that says what to write rather than what to find: characters,
classes, groups, alternatives and quantifiers. What has no end (`*`, `+`) ends after a few.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Maker = Callable[[Random], str]

_MANY = 10
"""How often `*` and `+` repeat at most."""
_CLASSES = {
    "d": "0123456789",
    "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    "s": " ",
}


class PatternError(Exception):
    """A pattern that texts cannot be made from."""


def compiled(pattern: str) -> Maker:
    """Return what makes texts of a pattern. Raises PatternError."""
    reader = _Reader(pattern)
    maker = reader.alternatives()
    if reader.left:
        raise PatternError(f"'{reader.left[0]}' at character {reader.place + 1} closes nothing")
    return maker


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.place = pattern, 0

    @property
    def left(self) -> str:
        return self.pattern[self.place :]

    def take(self) -> str:
        if not self.left:
            raise PatternError("it ends in the middle")
        self.place += 1
        return self.pattern[self.place - 1]

    def alternatives(self) -> Maker:
        choices = [self.sequence()]
        while self.left.startswith("|"):
            self.take()
            choices.append(self.sequence())
        return lambda random: random.choice(choices)(random)

    def sequence(self) -> Maker:
        parts: list[Maker] = []
        while self.left and self.left[0] not in "|)":
            parts.append(self.quantified(self.atom()))
        return lambda random: "".join(part(random) for part in parts)

    def atom(self) -> Maker:
        character = self.take()
        match character:
            case "(":
                if self.left.startswith("?"):
                    raise PatternError("groups that begin with (? are not emulated")
                inner = self.alternatives()
                if self.take() != ")":
                    raise PatternError("a group is not closed")
                return inner
            case "[":
                return _one_of(self.members())
            case ".":
                return _one_of(_CLASSES["w"])
            case "\\":
                escaped = self.take()
                if escaped.isalnum() and escaped not in _CLASSES:
                    raise PatternError(f"\\{escaped} is not emulated")
                return _one_of(_CLASSES.get(escaped, escaped))
            case "*" | "+" | "?" | "{":
                raise PatternError(f"'{character}' repeats nothing")
            case "^" | "$":
                return lambda random: ""
            case _:
                return _one_of(character)

    def members(self) -> str:
        """Read a class up to its bracket."""
        if self.left.startswith("^"):
            raise PatternError("classes that begin with [^ are not emulated")
        found = ""
        while (character := self.take()) != "]":
            if character == "\\":
                character = self.take()
                found += _CLASSES.get(character, character)
            elif self.left[:1] == "-" and self.left[1:2] not in ("", "]"):
                self.take()
                last = self.take()
                if last < character:
                    raise PatternError(f"the range {character}-{last} is empty")
                found += "".join(map(chr, range(ord(character), ord(last) + 1)))
            else:
                found += character
        if not found:
            raise PatternError("a class is empty")
        return found

    def quantified(self, atom: Maker) -> Maker:
        least, most = 1, 1
        match self.left[:1]:
            case "?":
                least, most = 0, 1
            case "*":
                least, most = 0, _MANY
            case "+":
                least, most = 1, _MANY
            case "{":
                least, most = self.counts()
            case _:
                return atom
        if self.left[:1] in ("?", "*", "+"):
            self.take()
        return lambda random: "".join(atom(random) for _ in range(random.randint(least, most)))

    def counts(self) -> tuple[int, int]:
        self.take()
        inside = ""
        while (character := self.take()) != "}":
            inside += character
        first, comma, second = inside.partition(",")
        if not first.isdigit() or (second and not second.isdigit()) or len(inside) > 9:
            raise PatternError(f"{{{inside}}} is no number of times")
        least = int(first)
        most = int(second) if second else least + _MANY if comma else least
        if most < least:
            raise PatternError(f"{{{inside}}} is no number of times")
        return least, most


def _one_of(characters: str) -> Maker:
    return lambda random: random.choice(characters)
