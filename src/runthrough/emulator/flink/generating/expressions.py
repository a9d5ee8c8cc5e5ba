"""Expressions of the connector `faker`: `Order #{number.number_between '1','9'}`.

Source: facts/flink-sql-ai.md 4.6 names `Options.option`, `number.number_between`,
`number.random_double`, `date.past`, `Internet.uuid`, `regexify` and constants. The others here are
those of the same names in the Java library behind the connector, answered by the Python library
Faker; what is not here is refused by name. Capitals and underscores in names do not count.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from runthrough.emulator.flink.generating.regexify import PatternError, compiled
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError

if TYPE_CHECKING:
    from faker import Faker

_CALL = re.compile(r"#\{([^}']*(?:'(?:[^']|'')*'[^}']*)*)\}")
_ARGUMENT = re.compile(r"\s*'((?:[^']|'')*)'\s*(,|$)")
_UNITS = {
    "SECONDS": 1,
    "MINUTES": 60,
    "HOURS": 3600,
    "DAYS": 86400,
}


@dataclass(frozen=True)
class Chance:
    """What an expression draws from: chance, made-up people and places, and what time it is."""

    random: Random
    fake: Faker
    now: dt.datetime


Value = str | dt.datetime
Maker = Callable[[Chance], Value]


def compiled_expression(text: str) -> Maker:
    """Return what makes values of an expression: a text, or a moment if it is a date alone.

    Raises:
        SqlError: it has a provider that is not emulated, or wrong arguments.
    """
    parts: list[Maker] = []
    place = 0
    for found in _CALL.finditer(text):
        if found.start() > place:
            parts.append(_constant(text[place : found.start()]))
        parts.append(_called(found[1], text))
        place = found.end()
    if place < len(text) or not parts:
        parts.append(_constant(text[place:]))
    if "#{" in text[place:]:
        raise SqlError(f"The faker expression {text!r} is not closed.")
    if len(parts) == 1:
        return parts[0]
    return lambda chance: "".join(moment_text(part(chance)) for part in parts)


def moment_text(value: Value) -> str:
    """Return a value as text; a moment in UTC, to the millisecond."""
    if isinstance(value, str):
        return value
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _constant(text: str) -> Maker:
    return lambda chance: text


def _called(call: str, whole: str) -> Maker:
    name, _, rest = call.strip().partition(" ")
    arguments = _arguments(rest.strip(), whole)
    key = name.replace("_", "").lower()
    if key in _WITH_ARGUMENTS:
        try:
            return _WITH_ARGUMENTS[key](arguments)
        except (ValueError, KeyError, IndexError, PatternError) as e:
            raise SqlError(f"The faker expression {whole!r} cannot be: {name}: {e}") from e
    if key not in _PLAIN:
        raise not_emulated(f"the faker expression #{{{name}}}")
    if arguments:
        raise SqlError(f"The faker expression {whole!r} cannot be: {name} takes no arguments")
    method = _PLAIN[key]
    return lambda chance: str(chance.fake.format(method))


def _arguments(text: str, whole: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = _ARGUMENT.match(text, place)
        if match is None:
            raise SqlError(f"The faker expression {whole!r} cannot be: arguments are '…','…'")
        found.append(match[1].replace("''", "'"))
        place = match.end()
    return found


# -- providers -------------------------------------------------------------------------------------


def _option(arguments: list[str]) -> Maker:
    if not arguments:
        raise ValueError("it needs at least one option")
    return lambda chance: chance.random.choice(arguments)


def _number_between(arguments: list[str]) -> Maker:
    """From the first to below the second, as in Java; the first if they are equal."""
    least, below = (int(a) for a in _exactly(arguments, 2))
    if below < least:
        raise ValueError(f"{below} is below {least}")
    return lambda chance: str(chance.random.randrange(least, max(below, least + 1)))


def _random_double(arguments: list[str]) -> Maker:
    """So many digits behind the point at most, between the second and the third."""
    digits, least, most = (int(a) for a in _exactly(arguments, 3))
    if most < least or not 0 <= digits <= 15:
        raise ValueError(f"{', '.join(arguments)}: digits from 0 to 15, then least and most")
    return lambda chance: str(round(chance.random.uniform(least, most), digits))


def _digits(arguments: list[str]) -> Maker:
    [count] = (int(a) for a in _exactly(arguments, 1))
    return lambda chance: "".join(chance.random.choice("0123456789") for _ in range(count))


def _moved(sign: int) -> Callable[[list[str]], Maker]:
    def read(arguments: list[str]) -> Maker:
        """At most so far from now: `'5','SECONDS'`; with three, at least the second."""
        if len(arguments) not in (2, 3):
            raise ValueError("it takes '5','SECONDS' or '15','5','SECONDS'")
        unit = _UNITS.get(arguments[-1].upper())
        if unit is None:
            raise ValueError(f"the unit {arguments[-1]} is none of {', '.join(_UNITS)}")
        most = int(arguments[0]) * unit
        least = int(arguments[1]) * unit if len(arguments) == 3 else 0
        if not 0 <= least <= most:
            raise ValueError(f"{least} s to {most} s is no span")

        def moment(chance: Chance) -> dt.datetime:
            away = chance.random.uniform(least, most)
            return chance.now + sign * dt.timedelta(milliseconds=round(away * 1000))

        return moment

    return read


def _regexify(arguments: list[str]) -> Maker:
    [pattern] = _exactly(arguments, 1)
    made = compiled(pattern)
    return lambda chance: made(chance.random)


def _uuid(arguments: list[str]) -> Maker:
    _exactly(arguments, 0)
    return lambda chance: str(uuid.UUID(int=chance.random.getrandbits(128), version=4))


def _bool(arguments: list[str]) -> Maker:
    _exactly(arguments, 0)
    return lambda chance: chance.random.choice(("true", "false"))


def _exactly(arguments: list[str], count: int) -> list[str]:
    if len(arguments) != count:
        raise ValueError(f"it takes {count} arguments, not {len(arguments)}")
    return arguments


_WITH_ARGUMENTS: Mapping[str, Callable[[list[str]], Maker]] = {
    "options.option": _option,
    "number.numberbetween": _number_between,
    "number.randomdouble": _random_double,
    "number.digits": _digits,
    "date.past": _moved(-1),
    "date.future": _moved(1),
    "regexify": _regexify,
    "internet.uuid": _uuid,
    "bool.bool": _bool,
}
_PLAIN: Mapping[str, str] = {
    "name.firstname": "first_name",
    "name.lastname": "last_name",
    "name.fullname": "name",
    "name.name": "name",
    "internet.emailaddress": "email",
    "internet.username": "user_name",
    "internet.domainname": "domain_name",
    "internet.url": "url",
    "internet.ipv4address": "ipv4",
    "internet.macaddress": "mac_address",
    "address.city": "city",
    "address.country": "country",
    "address.countrycode": "country_code",
    "address.streetaddress": "street_address",
    "address.streetname": "street_name",
    "address.zipcode": "postcode",
    "address.fulladdress": "address",
    "address.latitude": "latitude",
    "address.longitude": "longitude",
    "company.name": "company",
    "job.title": "job",
    "phonenumber.cellphone": "phone_number",
    "phonenumber.phonenumber": "phone_number",
    "lorem.word": "word",
    "lorem.sentence": "sentence",
    "lorem.paragraph": "paragraph",
    "color.name": "color_name",
}
