"""What SET, RESET and USE in front of a statement make of its session.

Source: facts/flink-sql-ai.md 1.10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runthrough.emulator.flink import properties
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.parse.session_lines import SessionLine
from runthrough.emulator.flink.plan import SqlError

_KEPT = (properties.CATALOG, properties.DATABASE)


def with_lines(session: Session, lines: Sequence[SessionLine]) -> Session:
    """Return a statement's session after the lines before it.

    RESET without a key gives back the defaults but for catalog and database, and USE CATALOG
    unsets the database: both are ours, the sheet does not say.

    Raises:
        SqlError: a property does not exist, has a wrong value, or RESET one that is not set.
    """
    for line in lines:
        session = _after(session, line)
    return session


def _after(session: Session, line: SessionLine) -> Session:
    given = dict(session.properties)
    match line.what:
        case "CATALOG":
            given.pop(properties.DATABASE, None)
            given[properties.CATALOG] = line.value or ""
            return replace(session, catalog=line.value, database=None, properties=given)
        case "DATABASE":
            given[properties.DATABASE] = line.value or ""
            return replace(session, database=line.value, properties=given)
        case "RESET" if not line.key:
            kept = {key: given[key] for key in _KEPT if key in given}
            fresh = properties.session({})
            return replace(
                session, snapshot=fresh.snapshot, time_zone=fresh.time_zone, properties=kept
            )
        case "RESET":
            if given.pop(line.key, None) is None:
                raise SqlError(f'configuration key "{line.key}" is not set')
            return _changed(session, line.key, properties.session({}), given)
        case "SET":
            value = line.value or ""
            made = properties.session({line.key: value})
            return _changed(session, line.key, made, given | {line.key: value})


def _changed(session: Session, key: str, made: Session, given: dict[str, str]) -> Session:
    session = replace(session, properties=given)
    match key:
        case properties.SNAPSHOT:
            return replace(session, snapshot=made.snapshot)
        case properties.TIME_ZONE:
            return replace(session, time_zone=made.time_zone)
        case properties.CATALOG:
            return replace(session, catalog=None)
        case properties.DATABASE:
            return replace(session, database=None)
        case _:
            return session
