"""Lines about Flink connections."""

from __future__ import annotations

from pytest_bdd import parsers, then

from runthrough.clients.flink import Connection, Flink
from runthrough.settings import Settings


@then(parsers.parse('the connection "{name}" is {phase:w}'))
def see_connection(flink: Flink, name: str, phase: str) -> None:
    connection = _connection(flink, name)
    assert connection.phase == phase, f"connection {name!r} is {connection.phase}"


@then(parsers.parse('the connection "{name}" shows none of my secrets'))
def hide_secrets(flink: Flink, settings: Settings, name: str) -> None:
    shown = repr(_connection(flink, name)) + repr(flink.query(f"DESCRIBE CONNECTION `{name}`;"))
    shown += "".join(s.sql for s in flink.statements() if name in s.sql)
    leaked = [secret for secret in settings.secrets() if secret in shown]
    assert not leaked, f"{len(leaked)} of my secrets can be read back from connection {name!r}"


def _connection(flink: Flink, name: str) -> Connection:
    found = {connection.name: connection for connection in flink.connections()}
    assert name in found, f"the connections are {sorted(found) or 'none'}"
    return found[name]
