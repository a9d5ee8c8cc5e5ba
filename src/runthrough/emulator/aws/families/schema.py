"""What a vendor's body may hold, told as data, and the complaints about one that does not fit.

The complaints are those of the JSON schemas in front of the vendors' bodies (facts amazon-bedrock
2.11): `Malformed input request: #/temperature: 1.5 is not less or equal to 1, please …`. All
violations are collected. Both captured forms are used: up to MOST_NAMED violations are named one
behind the other, of more only the number is told; where the service draws that line is not known.
Texts for cases the sheet has no capture of (length, pattern, alternatives) follow the same forms.
Whole numbers have to be written without a fraction: `100.0` is no Integer (a choice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from runthrough.emulator.aws.fields import is_integer, is_number, malformed, wrong_type

MOST_NAMED = 8
"""How many violations a refusal names one by one."""
MOST_COUNTED = 1000
"""After how many violations a body is not looked at any further (ours)."""
_LONGEST_SHOWN = 80


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Any JSON value.

    Attributes:
        default: what stands for a member that is not there; None = nothing does.
    """

    default: Any = None

    @property
    def name(self) -> str:
        """What a complaint calls the type; '' = every type fits."""
        return ""

    def fits(self, value: object) -> bool:
        """Whether a value is of this type, whatever its range."""
        return True

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return what is wrong with a value of this type; `place` is a JSON pointer."""
        return iter(())

    def check(self, value: object, place: str) -> Iterator[str]:
        """Return all that is wrong with a value."""
        if self.fits(value):
            return self.rules(value, place)
        return iter((wrong_type(place, self.name, value),))

    def fill(self, value: Any) -> Any:
        """Return a value that was checked, with the defaults of what is not in it."""
        return value


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    """True or false."""

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "Boolean"

    def fits(self, value: object) -> bool:
        """Whether it is true or false."""
        return isinstance(value, bool)


@dataclass(frozen=True, kw_only=True)
class Null(Kind):
    """Nothing, written as null."""

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "Null"

    def fits(self, value: object) -> bool:
        """Whether it is null."""
        return value is None


@dataclass(frozen=True)
class Number(Kind):
    """A number between two bounds, both included unless `above`: then it is more than `low`."""

    low: float | None = None
    high: float | None = None
    above: bool = False

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "Number"

    def fits(self, value: object) -> bool:
        """Whether it is a number."""
        return is_number(value)

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return which bound it breaks."""
        if self.low is not None and self.above and value <= self.low:
            yield f"#{place}: {value} is not greater than {self.low}"
        elif self.low is not None and value < self.low:
            yield f"#{place}: {value} is not greater or equal to {self.low}"
        if self.high is not None and value > self.high:
            yield f"#{place}: {value} is not less or equal to {self.high}"


@dataclass(frozen=True)
class Whole(Number):
    """A whole number: a multiple of `step`, and one of `choices` if there are any."""

    step: int = 1
    choices: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "Integer"

    def fits(self, value: object) -> bool:
        """Whether it is a whole number."""
        return is_integer(value)

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return which rule it breaks."""
        yield from super().rules(value, place)
        if self.choices and value not in self.choices:
            yield f"#{place}: {value} is not a valid enum value"
        if value % self.step:
            yield f"#{place}: {value} is not a multiple of {self.step}"


@dataclass(frozen=True)
class Text(Kind):
    """A text of so many characters, one of `choices` if there are any, or of a pattern."""

    least: int = 0
    most: int | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "String"

    def fits(self, value: object) -> bool:
        """Whether it is a text."""
        return isinstance(value, str)

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return which rule it breaks."""
        if len(value) < self.least:
            yield f"#{place}: expected minLength: {self.least}, actual: {len(value)}"
        if self.most is not None and len(value) > self.most:
            yield f"#{place}: expected maxLength: {self.most}, actual: {len(value)}"
        if self.choices and value not in self.choices:
            yield f"#{place}: {_shown(value)} is not a valid enum value"
        if self.pattern and not re.fullmatch(self.pattern, value):
            yield f"#{place}: string [{_shown(value)}] does not match pattern {self.pattern}"


@dataclass(frozen=True)
class Items(Kind):
    """A list of so many values, all of one kind."""

    of: Kind
    least: int = 0
    most: int | None = None

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "JSONArray"

    def fits(self, value: object) -> bool:
        """Whether it is a list."""
        return isinstance(value, list)

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return what is wrong with its length and with each of its values."""
        if len(value) < self.least:
            yield f"#{place}: expected minimum item count: {self.least}, found: {len(value)}"
        if self.most is not None and len(value) > self.most:
            yield f"#{place}: expected maximum item count: {self.most}, found: {len(value)}"
        for at, item in enumerate(value):
            yield from self.of.check(item, f"{place}/{at}")

    def fill(self, value: Any) -> Any:
        """Return the list, each value filled."""
        return [self.of.fill(item) for item in value]


@dataclass(frozen=True)
class Members(Kind):
    """An object.

    Attributes:
        known: the members it may have.
        required: the names of those it must have.
        one_of: groups of names; of each group exactly one member has to be there.
        rest: the kind of members that are not `known`; None = there may be none.
    """

    known: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    rest: Kind | None = None

    @property
    def name(self) -> str:
        """What a complaint calls the type."""
        return "JSONObject"

    def fits(self, value: object) -> bool:
        """Whether it is an object."""
        return isinstance(value, dict)

    def rules(self, value: Any, place: str) -> Iterator[str]:
        """Return what is missing, what is too much, and what is wrong with each member."""
        for name in self.required:
            if name not in value:
                yield f"#{place}: required key [{name}] not found"
        for group in self.one_of:
            found = sum(name in value for name in group)
            if found != 1:
                yield f"#{place}: {found} subschemas matched instead of one"
        for name, member in value.items():
            kind = self.known.get(name, self.rest)
            if kind is None:
                yield f"#{place}: extraneous key [{_shown(name)}] is not permitted"
            else:
                yield from kind.check(member, f"{place}/{_shown(name)}")

    def fill(self, value: Any) -> Any:
        """Return the object with the defaults of members that are not there."""
        filled = {n: self.known[n].fill(v) if n in self.known else v for n, v in value.items()}
        defaults = {
            n: kind.fill(kind.default) for n, kind in self.known.items() if kind.default is not None
        }
        return defaults | filled

    def extended(self, **known: Kind) -> Members:
        """Return the same object with these members, too."""
        return replace(self, known={**self.known, **known})


@dataclass(frozen=True)
class Either(Kind):
    """A value of one of several types; the first whose type it has judges it."""

    kinds: tuple[Kind, ...]

    def check(self, value: object, place: str) -> Iterator[str]:
        """Return all that is wrong with a value."""
        for kind in self.kinds:
            if kind.fits(value):
                return kind.rules(value, place)
        total = len(self.kinds)
        return iter((f"#{place}: no subschema matched out of the total {total} subschemas",))

    def fill(self, value: Any) -> Any:
        """Return the value as the kind that judged it fills it."""
        return next(kind for kind in self.kinds if kind.fits(value)).fill(value)


ANY = Kind()
OBJECT = Members(rest=ANY)
STRINGS = Items(Text())


def read(schema: Members, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with its defaults.

    Raises:
        Refused: it does not fit; the text names what does not.
    """
    violations = list(islice(schema.check(body, ""), MOST_COUNTED))
    if len(violations) > MOST_NAMED:
        raise malformed(f"{len(violations)} schema violations found")
    if violations:
        raise malformed(*violations)
    filled: dict[str, Any] = schema.fill(body)
    return filled


def extras(schema: Members, *owned: str) -> Members:
    """Return what Converse's additionalModelRequestFields may hold.

    These are the members of the body without those `owned` by Converse, which it writes itself.
    """
    known = {name: kind for name, kind in schema.known.items() if name not in owned}
    return replace(schema, known=known, required=(), one_of=())


def _shown(text: str) -> str:
    """Return a text as a complaint repeats it; a long one is cut."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
