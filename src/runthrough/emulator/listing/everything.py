"""The whole list, in the order of the page: SQL first, then what it is stored in, then HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.credentials.sts import ACTIONS
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.operations import OPERATIONS, ROOTS_NOT_EMULATED
from runthrough.emulator.aws.quotas.service import ACTIONS as QUOTA_ACTIONS
from runthrough.emulator.confluent.routes import ROUTES
from runthrough.emulator.faults.own import OWN_ROUTES
from runthrough.emulator.flink.bind.search_calls import SEARCHES
from runthrough.emulator.flink.formats.formats import REGISTRY_FORMATS
from runthrough.emulator.flink.generating.rows import CONNECTOR as FAKER
from runthrough.emulator.flink.parse.clauses import CLAUSES
from runthrough.emulator.flink.planning.external_options import CONNECTORS
from runthrough.emulator.flink.planning.table_options import FORMATS as RECORD_FORMATS
from runthrough.emulator.flink.running.format_table import ALIASES, FORMATS
from runthrough.emulator.flink.running.information_schema import NAMES as INFORMATION
from runthrough.emulator.flink.statement_kinds import KINDS
from runthrough.emulator.listing.entries import Listed, state_of
from runthrough.emulator.listing.functions import functions
from runthrough.emulator.openai.routes import ROUTES as OPENAI_ROUTES


def everything() -> tuple[Listed, ...]:
    """Return every line of the list, the lines of a group together."""
    found = (
        *_statements(),
        *_clauses(),
        *functions(),
        *_information(),
        *_record_formats(),
        *_model_formats(),
        *_connectors(),
        *_confluent_routes(),
        *_openai_routes(),
        *_aws_operations(),
        *_aws_models(),
        *_own_routes(),
    )
    groups = list(dict.fromkeys(one.group for one in found))
    return tuple(sorted(found, key=lambda one: groups.index(one.group)))


def _statements() -> Iterator[Listed]:
    for kind in KINDS:
        yield Listed("Statements", kind.name, kind.form, kind.state, kind.note)


def _clauses() -> Iterator[Listed]:
    for clause in CLAUSES:
        yield Listed("Clauses and operators", clause.name, clause.form, clause.state, clause.note)


def _information() -> Iterator[Listed]:
    for name in INFORMATION:
        form = f"SELECT … FROM INFORMATION_SCHEMA.{name}"
        yield Listed("Views of INFORMATION_SCHEMA", name, form, "emulated")


def _record_formats() -> Iterator[Listed]:
    group = "Record formats of tables"
    for name in (*RECORD_FORMATS, "raw"):
        state = state_of(name in REGISTRY_FORMATS or name == "raw")
        yield Listed(group, name, f"'value.format' = '{name}'", state)


def _model_formats() -> Iterator[Listed]:
    group = "Body formats of models"
    also = {known: second for second, known in ALIASES.items()}
    for name in sorted(FORMATS):
        note = f"also called {also[name]}" if name in also else ""
        yield Listed(group, name, f"'….input_format' = '{name}'", "emulated", note)


def _connectors() -> Iterator[Listed]:
    group = "Connectors of tables"
    yield Listed(group, "confluent", "'connector' = 'confluent'", "emulated", "topics: the default")
    for name, kind in sorted(CONNECTORS.items()):
        by = ", ".join(call for call, search in SEARCHES.items() if name in search.connectors)
        note = f"needs a connection of type {kind}" + (f"; searched by {by}" if by else "")
        yield Listed(group, name, f"'connector' = '{name}'", "emulated", note)
    yield Listed(group, FAKER, f"'connector' = '{FAKER}'", "emulated", "rows made up by a rule")


def _confluent_routes() -> Iterator[Listed]:
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        group = f"HTTP: {route.family.name}"
        yield Listed(group, name, "", state_of(route.emulated), route.note)


def _own_routes() -> Iterator[Listed]:
    for route in OWN_ROUTES:
        name = f"{route.method} {route.path}"
        yield Listed("HTTP: the emulator's own", name, "", "emulated", route.note)


def _openai_routes() -> Iterator[Listed]:
    for route in OPENAI_ROUTES:
        name = f"{route.method} {route.path}"
        yield Listed("HTTP: OpenAI", name, "", state_of(route.emulated))


def _aws_models() -> Iterator[Listed]:
    group = "Models of Amazon Bedrock"
    for one in read_catalogue().models:
        called = (["its plain id"] if one.on_demand else []) + [f"{p}.…" for p in one.profiles]
        end = f", until {one.end_of_life:%Y-%m-%d}" if one.end_of_life else ""
        note = f"{one.vendor}: {one.name}{end}"
        yield Listed(group, one.id, ", ".join(called), state_of(one.api in FAMILIES), note)


def _aws_operations() -> Iterator[Listed]:
    group = "HTTP: Amazon Bedrock"
    for one in OPERATIONS:
        state = state_of(one.emulated)
        yield Listed(group, one.name, f"{one.method} {one.path}", state, one.note)
    for root in sorted(ROOTS_NOT_EMULATED):
        below = "every operation below it that is not named above"
        yield Listed(group, f"/{root}", f"/{root}…", "not emulated", below)
    for action in ACTIONS:
        yield Listed("HTTP: AWS STS", action, f"POST / Action={action}", "emulated")
    for action in QUOTA_ACTIONS:
        yield Listed(
            "HTTP: AWS Service Quotas", action, f"POST / X-Amz-Target: …{action}", "emulated"
        )
