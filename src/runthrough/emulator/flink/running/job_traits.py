"""What is known of a statement's result before it runs, and which statements run on as jobs."""

from __future__ import annotations

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.plan import Command, CreateTable, Insert, Select, StatementSet
from runthrough.emulator.flink.running.execution import Traits


def select_traits(command: Select, session: Session) -> Traits:
    """Return the traits of a SELECT; its connections are known once it runs."""
    query = command.query
    return Traits(
        command.sql_kind,
        is_bounded=query.bounded or session.snapshot,
        is_append_only=query.insert_only or session.snapshot,
        upsert_columns=query.upsert_key or None,
        columns=query.columns,
    )


def job_traits(command: Command, session: Session) -> Traits | None:
    """Return the traits of a statement that runs as a job; None for any other."""
    match command:
        case Select():
            return select_traits(command, session)
        case Insert() | StatementSet():
            return Traits(command.sql_kind)
        case CreateTable() if command.query is not None:
            return Traits(command.sql_kind)
    return None
