"""Dates and clocks as texts, in the patterns of Java's `DateTimeFormatter` with US names.

Source: facts/flink-sql-ai.md 6.3 (patterns, what is no date gives NULL or ends the statement).
A day that the month has not is its last day; a text without a date is of 1970-01-01.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

from runthrough.emulator.flink.zones import zone_of

Piece = tuple[str, int] | str
"""A letter with how often it stands there, or a literal text."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LETTERS = "GuyYDMLdQqwWEecaFHkKhmsSAnN"
_ZONE_LETTERS = "VvzOXxZ"


@lru_cache(maxsize=256)
def pieces(pattern: str) -> tuple[Piece, ...]:
    """Return a pattern taken apart.

    Raises:
        ValueError: in Java's words, it is no pattern.
    """
    found: list[Piece] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "'":
            literal = re.compile(r"'((?:[^']|'')*)'").match(pattern, at)
            if literal is None:
                raise ValueError(f"Pattern ends with an incomplete string literal: {pattern}")
            found.append(literal[1].replace("''", "'") or "'")
            at = literal.end()
        elif character.isascii() and character.isalpha():
            count = len(pattern[at:]) - len(pattern[at:].lstrip(character))
            if character not in _LETTERS + _ZONE_LETTERS:
                raise ValueError(f"Unknown pattern letter: {character}")
            found.append((character, count))
            at += count
        elif character in "{}#":
            raise ValueError(f"Pattern includes reserved character: '{character}'")
        else:
            if character not in "[]":
                found.append(character)
            at += 1
    return tuple(found)


# -- to text ---------------------------------------------------------------------------------------


def formatted(moment: dt.datetime, pattern: str) -> str:
    """DATE_FORMAT. Raises ValueError: no pattern, or one that asks for a zone."""
    return "".join(
        piece if isinstance(piece, str) else _field(moment, *piece) for piece in pieces(pattern)
    )


def _field(moment: dt.datetime, letter: str, count: int) -> str:
    if letter in "Vvz":
        raise ValueError(f"Unable to extract ZoneId from temporal {_iso(moment)}")
    if letter in "OXxZ":
        raise ValueError("Unsupported field: OffsetSeconds")
    weekday = moment.isoweekday() % 7
    match letter:
        case "y" | "u" | "Y":
            year = _week(moment)[0] if letter == "Y" else moment.year
            return f"{year % 100:02d}" if count == 2 else f"{year:0{count}d}"
        case "M" | "L":
            return _named(_MONTHS[moment.month - 1], moment.month, count)
        case "E":
            return _named(_DAYS[weekday], weekday + 1, max(count, 3))
        case "e" | "c":
            return _named(_DAYS[weekday], weekday + 1, count)
        case "Q" | "q":
            quarter = (moment.month + 2) // 3
            texts = {3: f"Q{quarter}", 4: f"{quarter}{_ordinal(quarter)} quarter"}
            return texts.get(count, f"{quarter:0{min(count, 2)}d}")
        case "G":
            return {4: "Anno Domini", 5: "A"}.get(count, "AD")
        case "a":
            return "AM" if moment.hour < 12 else "PM"
        case "S":
            return f"{moment.microsecond:06d}000"[:count]
        case _:
            return f"{_number(moment, letter):0{count}d}"


def _number(moment: dt.datetime, letter: str) -> int:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    micros = (moment - midnight) // dt.timedelta(microseconds=1)
    values = {
        "d": moment.day,
        "D": moment.timetuple().tm_yday,
        "F": (moment.day - 1) // 7 + 1,
        "H": moment.hour,
        "k": moment.hour or 24,
        "K": moment.hour % 12,
        "h": moment.hour % 12 or 12,
        "m": moment.minute,
        "s": moment.second,
        "w": _week(moment)[1],
        "W": (moment.day + moment.replace(day=1).isoweekday() % 7 - 1) // 7 + 1,
        "A": micros // 1000,
        "n": moment.microsecond * 1000,
        "N": micros * 1000,
    }
    return values[letter]


def _named(name: str, number: int, count: int) -> str:
    match count:
        case 1 | 2:
            return f"{number:0{count}d}"
        case 3:
            return name[:3]
        case 4:
            return name
        case _:
            return name[0]


def _ordinal(number: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(number, "th")


def _week(moment: dt.datetime) -> tuple[int, int]:
    """Return year and week, where weeks begin on Sunday and week 1 has the first of January."""
    day = moment.date()
    sunday = day - dt.timedelta(days=day.isoweekday() % 7)
    # The Saturday of a week says which year the week is of.
    year = (sunday + dt.timedelta(days=6)).year
    first = dt.date(year, 1, 1)
    start = first - dt.timedelta(days=first.isoweekday() % 7)
    return year, (sunday - start).days // 7 + 1


def _iso(moment: dt.datetime) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M")
    return text + moment.strftime(":%S") if moment.second else text


# -- from text in a pattern ------------------------------------------------------------------------

_NUMERIC = "yuYDdHkKhmsS"


@lru_cache(maxsize=256)
def _reader(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return what reads texts of a pattern, and the letters of its groups."""
    regex, letters = "", []
    parts = pieces(pattern)
    for place, piece in enumerate(parts):
        if isinstance(piece, str):
            regex += re.escape(piece)
            continue
        letter, count = piece
        following = parts[place + 1] if place + 1 < len(parts) else ""
        adjacent = not isinstance(following, str) and _is_number(*following)
        letters.append(letter if count < 3 or letter not in "ML" else "N" + letter)
        regex += f"({_expected(letter, count, adjacent)})"
    return re.compile(regex), tuple(letters)


def _is_number(letter: str, count: int) -> bool:
    return letter in _NUMERIC or (letter in "ML" and count < 3)


def _expected(letter: str, count: int, adjacent: bool) -> str:
    if letter in "ML" and count >= 3:
        return "|".join(n[:3] if count == 3 else n for n in _MONTHS)
    if letter == "E":
        return "|".join(n[:3] if count < 4 else n for n in _DAYS)
    if letter == "a":
        return "AM|PM|am|pm"
    if letter == "G":
        return "AD|Anno Domini|A"
    if letter in "XxZ":
        return r"Z|[+-]\d\d:?(?:\d\d)?"
    if letter in "Vvz":
        return r"[A-Za-z]+(?:/[A-Za-z_]+)*"
    if letter == "S" or adjacent:
        return rf"\d{{{count}}}"
    if letter in "yuY" and count == 2:
        return r"\d\d"
    return r"\d{1,9}" if letter in "yuY" else r"\d{1,3}" if letter == "D" else r"\d{1,2}"


def parsed(text: str, pattern: str) -> dt.datetime | None:
    """TO_TIMESTAMP(text, pattern): NULL for what is no date; an offset in the text is passed over.

    A pattern that Java would refuse gives NULL too.
    """
    found = _fields(text, pattern)
    return None if found is None else _moment(found)


def unix_seconds(text: str, pattern: str, zone: str) -> int:
    """UNIX_TIMESTAMP(text, pattern); the smallest BIGINT for what is no date."""
    found = _fields(text, pattern)
    moment = None if found is None else _moment(found)
    if found is None or moment is None:
        return -(2**63)
    offset = found.get("X") or found.get("x") or found.get("Z")
    if offset:
        return int(moment.replace(tzinfo=dt.UTC).timestamp()) - _seconds(offset)
    return int(moment.replace(tzinfo=zone_of(zone)).timestamp())


def _seconds(offset: str) -> int:
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    size = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -size if offset[0] == "-" else size


def _fields(text: str, pattern: str) -> dict[str, str] | None:
    try:
        reader, letters = _reader(pattern)
    except ValueError:
        return None
    found = reader.fullmatch(text)
    return None if found is None else dict(zip(letters, found.groups(), strict=True))


def _moment(fields: dict[str, str]) -> dt.datetime | None:
    year_text = fields.get("y") or fields.get("u") or fields.get("Y") or "1970"
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    month = int(fields.get("M") or fields.get("L") or 1)
    if name := fields.get("NM") or fields.get("NL"):
        month = next(n for n, full in enumerate(_MONTHS, 1) if full.startswith(name))
    hour = int(fields.get("H") or 0)
    if "k" in fields:
        hour = int(fields["k"]) % 24
    if "h" in fields or "K" in fields:
        hour = int(fields.get("h") or fields["K"]) % 12
        hour += 12 if fields.get("a", "AM").upper() == "PM" else 0
    day, minute, second = (
        int(fields.get(letter) or low) for letter, low in (("d", 1), ("m", 0), ("s", 0))
    )
    fraction = int(fields.get("S", "0").ljust(6, "0")[:6])
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= year <= 9999):
        return None
    day = min(day, calendar.monthrange(year, month)[1])
    try:
        date = dt.datetime(year, month, day)
        if "D" in fields:
            date = dt.datetime(year, 1, 1) + dt.timedelta(days=int(fields["D"]) - 1)
        return date + dt.timedelta(
            hours=hour, minutes=minute, seconds=second, microseconds=fraction
        )
    except OverflowError:
        return None


# -- from text as CAST reads it --------------------------------------------------------------------

_DATE = r"(\d{1,4})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?"
_WRITTEN = re.compile(rf"{_DATE}(?: {_CLOCK})?")


def moment(text: str) -> dt.datetime | None:
    """Return the TIMESTAMP that a text says without a pattern; None for none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fits = 1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 59
    if not fits or year < 1:
        return None
    day = min(day, calendar.monthrange(year, month)[1])
    fraction = int((found[7] or "").ljust(6, "0")[:6])
    return dt.datetime(year, month, day, hour, minute, second, fraction)


def no_moment(text: str) -> str:
    """Return why CAST finds no TIMESTAMP in a text, in Java's words."""
    found = _WRITTEN.match(text)
    if found is None or found.end() == len(text):
        return f"Text '{text}' could not be parsed at index 0"
    return f"Text '{text}' could not be parsed, unparsed text found at index {found.end()}"


def date(text: str, attempt: bool) -> dt.date | None:
    """CAST to DATE: year, year and month, or all; what follows a blank is passed over.

    Raises:
        ValueError: no date, and this is no TRY_CAST.
    """
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text.strip().split(" ")[0])
    try:
        if found is not None:
            return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        pass
    if attempt:
        return None
    raise ValueError(f"For input string: '{text}'.")


def time(text: str, attempt: bool) -> dt.time | None:
    """CAST to TIME: hours, and minutes and seconds if they are there.

    Raises:
        ValueError: no time, and this is no TRY_CAST.
    """
    found = re.fullmatch(r"(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?", text.strip())
    try:
        if found is not None:
            hour, minute, second = (int(part or 0) for part in found.groups()[:3])
            return dt.time(hour, minute, second, int((found[4] or "").ljust(6, "0")[:6]))
    except ValueError:
        pass
    if attempt:
        return None
    raise ValueError(
        f"Invalid time format: '{text}'. Expected format: HH:mm:ss[.fff] where HH is 00-23, mm is "
        "00-59, ss is 00-59"
    )


# -- zones ----------------------------------------------------------------------------------------


def moved(text: str, old: str, new: str) -> str | None:
    """CONVERT_TZ: the same moment in another zone; NULL for what is no TIMESTAMP in full."""
    found = moment(text)
    if found is None or " " not in text:
        return None
    there = found.replace(tzinfo=zone_of(old)).astimezone(zone_of(new))
    return there.strftime("%Y-%m-%d %H:%M:%S")
