"""Fault rules: which requests to spoil, how, and how often.

A rule matches by method, path, route and family, and then delays, answers, cuts, or spoils an event
stream; what else a request would have met does not happen. Rules come from a YAML file or over HTTP
and are checked whole before one of them counts. The form is ours (design 7).
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from runthrough.emulator.aws import eventstream
from runthrough.emulator.faults.places import Place, families, templates
from runthrough.emulator.faults.streams import EXCEPTIONS
from runthrough.emulator.mistakes import say
from runthrough.emulator.world import Clock
from runthrough.errors import EmulatorError

MAX_RULES = 1000
_LONGEST = timedelta(hours=1)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _duration(value: object) -> object:
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h)", str(value), re.ASCII)
    if isinstance(value, timedelta):
        return value
    if found is None:
        raise ValueError("a duration is a number and ms, s, m or h, such as '500ms' or '2s'")
    length = timedelta(seconds=float(found[1]) * _UNITS[found[2]])
    if length > _LONGEST:
        raise ValueError("a duration is one hour at most")
    return length


def _glob(value: str) -> str:
    if value[:1] not in ("/", "*", "?", "["):
        raise ValueError("a path begins with / or with a wildcard: *, ? or [")
    return value


def _code(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("a code is a text or a whole number")
    return value


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise ValueError("the name of a header has letters, digits and hyphens")
    return value


def _write_duration(value: timedelta) -> str:
    return f"{value.total_seconds() * 1000:.0f}ms"


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(_write_duration)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Match(_Part):
    """Which requests a rule is about: all that is given must hold, and something must be given.

    Attributes:
        path: a glob over the path as it is sent; `*` is any text, slashes too.
        route: a template as on the page "What is emulated", such as `/subjects/{subject}`.
        family: a family of routes, such as `Schema Registry` or `Bedrock`.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] | None = None
    path: Annotated[str, AfterValidator(_glob)] | None = None
    route: str | None = None
    family: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Match:
        if not any((self.method, self.path, self.route, self.family)):
            raise ValueError("say at least one of method, path, route and family")
        if self.route is not None and self.route not in templates():
            raise ValueError(f"there is no route {self.route!r}; the page lists them all")
        if self.family is not None and self.family not in families():
            known = ", ".join(sorted(families()))
            raise ValueError(f"there is no family {self.family!r}; there are {known}")
        return self

    def fits(self, method: str, path: str, place: Place) -> bool:
        """Whether a request is meant."""
        return (
            self.method in {None, method}
            and self.route in {None, place.route}
            and self.family in {None, place.family}
            and (self.path is None or fnmatchcase(path, self.path))
        )


class Answer(_Part):
    """What to answer instead.

    Attributes:
        detail: the error's text, in the family's own form; the usual one of the status if None.
        code: the family's own code, such as `forbidden_access`, 42901 or `ThrottlingException`.
        body: the whole body instead of the family's form; anything but a text is sent as JSON.
    """

    status: int = Field(ge=200, le=599)
    detail: str | None = None
    code: Annotated[str | int, BeforeValidator(_code)] | None = None
    body: Any = None
    headers: Mapping[Annotated[str, AfterValidator(_header_name)], str] = {}

    @model_validator(mode="after")
    def _check(self) -> Answer:
        if self.body is None and self.status < 400:
            raise ValueError(f"an answer of status {self.status} needs a body of its own")
        if self.body is not None and (self.detail is not None or self.code is not None):
            raise ValueError("a body of its own leaves no room for a detail or a code")
        for name, value in self.headers.items():
            if re.search(r"[^\x20-\x7e]", value):
                raise ValueError(f"header {name} holds more than printable ASCII")
            if name.lower() in {"content-length", "transfer-encoding", "connection"}:
                raise ValueError(f"header {name} is the server's own")
        return self


class Cut(_Part):
    """Break off: before a byte is answered, or inside the true answer.

    Attributes:
        after_bytes: bytes of the answer's body that still go out; None = not even a status.
        after_events: the same in whole events of an event stream.
    """

    after_bytes: int | None = Field(None, ge=0)
    after_events: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Cut:
        if self.after_bytes is not None and self.after_events is not None:
            raise ValueError("say after_bytes or after_events, not both")
        return self


class Ending(_Part):
    """How an event stream ends before its end: with a frame that says what went wrong.

    Attributes:
        after_events: events that go out first; where there are fewer, all of them.
        exception: the name of an exception, such as `throttlingException`; `modelTimeoutException`
            is known to clients of InvokeModelWithResponseStream only.
        error: the code of an error that the service's description does not have.
        detail: what it says; the usual text of the exception if None.
        members: what an exception tells besides, such as `originalStatusCode`.
    """

    after_events: int = Field(0, ge=0)
    exception: str | None = None
    error: str | None = Field(None, min_length=1, max_length=200)
    detail: str | None = Field(None, max_length=10_000)
    members: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _check(self) -> Ending:
        if (self.exception is None) == (self.error is None):
            raise ValueError("say exception or error, one of the two")
        if self.exception is not None and self.exception not in EXCEPTIONS:
            known = ", ".join(EXCEPTIONS)
            raise ValueError(f"streams have no exception {self.exception!r}; they have {known}")
        if self.error is not None and self.members:
            raise ValueError("an error has no members; an exception has")
        try:
            self.frame()
        except TypeError as e:  # a file can hold a date, JSON cannot
            raise ValueError(f"members cannot be written as JSON: {e}") from e
        return self

    def frame(self) -> bytes:
        """Return the last frame of the stream."""
        if self.exception is not None:
            text = EXCEPTIONS[self.exception] if self.detail is None else self.detail
            return eventstream.exception(self.exception, text, self.members)
        return eventstream.error(str(self.error), self.detail or "")


def _cut(value: object) -> object:
    return {} if value == "connection" else value


class Rule(_Part):
    """One fault.

    Attributes:
        skip: matching requests to leave alone first.
        times: requests to spoil; None = all.
        lasts: how long after it was set the rule holds (`for` in a file); None = for good.
        delay: waits first; alone, the true answer follows.
        pause: waits before each event of an event stream.
        ends_with: how an event stream ends early.

    A rule that only event streams can meet (`pause`, `ends_with`, `cut` after events) leaves every
    other request alone.
    """

    match: Match
    skip: int = Field(0, ge=0)
    times: int | None = Field(None, ge=1)
    lasts: Duration | None = Field(None, alias="for")
    delay: Duration | None = None
    answer: Answer | None = None
    cut: Annotated[Cut | None, BeforeValidator(_cut)] = None
    pause: Duration | None = None
    ends_with: Ending | None = None

    @property
    def is_for_streams(self) -> bool:
        """Whether only an event stream can meet it."""
        cut_events = self.cut is not None and self.cut.after_events is not None
        return cut_events or self.pause is not None or self.ends_with is not None

    def fits(self, method: str, path: str, place: Place) -> bool:
        """Whether a request is meant."""
        if self.is_for_streams and not place.streams:
            return False
        return self.match.fits(method, path, place)

    @model_validator(mode="after")
    def _check(self) -> Rule:
        done = (self.delay, self.answer, self.cut, self.pause, self.ends_with)
        if all(one is None for one in done):
            raise ValueError("say what happens: delay, answer, cut, pause or ends_with")
        if self.answer is not None and self.cut is not None:
            raise ValueError("a request is answered or cut, not both")
        if self.ends_with is not None and self.cut is not None:
            raise ValueError("a stream is ended or cut, not both")
        if self.is_for_streams and self.answer is not None:
            raise ValueError("an answer instead of a stream leaves no event to pause or end after")
        if self.pause is not None and self.cut is not None and self.cut.after_events is None:
            raise ValueError("a pause goes with a cut after_events")
        return self


class _Rules(_Part):
    faults: tuple[Rule, ...] = Field(max_length=MAX_RULES)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a file of rules: YAML with one key, `faults`, a list.

    Raises:
        EmulatorError: not there, not YAML, or not rules; says every mistake with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as e:
        raise EmulatorError(f"{path} cannot be read: {e}") from e
    except yaml.YAMLError as e:
        raise EmulatorError(f"{path} is not YAML: {e}") from e
    try:
        return _Rules.model_validate(data).faults
    except ValidationError as e:
        raise EmulatorError(f"{path} has no fault rules: {say(e, _Rules, text)}") from None


def parse_rules(data: object) -> tuple[Rule, ...]:
    """Return rules from plain data: `{faults: […]}`, or one rule by itself.

    Raises:
        ValueError: a key or value that does not fit, by place.
    """
    single = isinstance(data, dict) and "match" in data
    try:
        return (Rule.model_validate(data),) if single else _Rules.model_validate(data).faults
    except ValidationError as e:
        raise ValueError(f"not fault rules: {say(e, Rule if single else _Rules)}") from None


@dataclass
class _Armed:
    rule: Rule
    until: datetime | None
    seen: int = 0
    struck: int = 0


@dataclass(frozen=True)
class Strike:
    """A rule that strikes now, with its id."""

    id: str
    rule: Rule


class Faults:
    """The rules that are set, with how often each has struck; thread-safe."""

    def __init__(self, rules: Iterable[Rule] = (), *, clock: Clock) -> None:
        self._first, self._clock = tuple(rules), clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._armed: dict[str, _Armed] = {}
        self.add(self._first)

    def __bool__(self) -> bool:
        return bool(self._armed)

    def add(self, rules: Iterable[Rule]) -> list[str]:
        """Set rules behind those there are; return their ids. Raises ValueError: too many."""
        now, made = self._clock(), list(rules)
        with self._lock:
            if len(self._armed) + len(made) > MAX_RULES:
                raise ValueError(f"there may be {MAX_RULES} rules at most")
            ids = [f"fault-{next(self._numbers)}" for _ in made]
            for name, rule in zip(ids, made, strict=True):
                until = None if rule.lasts is None else now + rule.lasts
                self._armed[name] = _Armed(rule, until)
        return ids

    def remove(self, name: str) -> bool:
        """Take one rule away; say whether it was there."""
        with self._lock:
            return self._armed.pop(name, None) is not None

    def clear(self) -> None:
        """Take all rules away."""
        with self._lock:
            self._armed.clear()

    def restart(self) -> None:
        """Go back to the rules of the start, none of which has struck."""
        self.clear()
        self.add(self._first)

    def strike(self, method: str, path: str, place: Place) -> Strike | None:
        """Return the first rule that is due for a request, and count it."""
        now = self._clock()
        with self._lock:
            for name, armed in self._armed.items():
                if _spent(armed, now) or not armed.rule.fits(method, path, place):
                    continue
                armed.seen += 1
                if armed.seen <= armed.rule.skip:
                    continue
                armed.struck += 1
                return Strike(name, armed.rule)
        return None

    def listed(self) -> list[dict[str, Any]]:
        """Return every rule as plain data, with its id, its strikes and whether it is over."""
        now = self._clock()
        with self._lock:
            return [
                {
                    "id": name,
                    **armed.rule.model_dump(mode="json", by_alias=True, exclude_defaults=True),
                    "seen": armed.seen,
                    "struck": armed.struck,
                    "over": _spent(armed, now),
                }
                for name, armed in self._armed.items()
            ]


def _spent(armed: _Armed, now: datetime) -> bool:
    used_up = armed.rule.times is not None and armed.struck >= armed.rule.times
    return used_up or (armed.until is not None and now >= armed.until)
