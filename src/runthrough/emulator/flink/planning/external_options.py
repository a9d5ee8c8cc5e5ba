"""External tables: which connectors they have, and their options.

Source: facts/flink-sql-ai.md 4.4. Wordings are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.plan import SqlError

CONNECTORS: Mapping[str, str] = {
    "confluent-jdbc": "CONFLUENT_JDBC",
    "cosmosdb": "COSMOSDB",
    "couchbase": "COUCHBASE",
    "elastic": "ELASTIC",
    "mongodb": "MONGODB",
    "pinecone": "PINECONE",
    "rest": "REST",
    "s3vectors": "S3VECTORS",
}
"""Connectors, and the type of the connection each needs."""

_OPTIONS: Mapping[str, frozenset[str]] = {
    "mongodb": frozenset({"database", "collection", "index", "embedding_column", "numcandidates"}),
    "cosmosdb": frozenset({"database", "container"}),
    "elastic": frozenset({"index"}),
    "confluent-jdbc": frozenset({"table-name"}),
}
"""Keys beside the connection; those of other connectors were not collected and all pass."""


def is_external(table: Table) -> bool:
    """Return whether a table is no topic."""
    return table.options.get("connector", "") in CONNECTORS


def has_topic(table: Table) -> bool:
    """Return whether a table is a topic."""
    return table.options.get("connector", "confluent") == "confluent"


def external_options(connector: str, options: Mapping[str, str]) -> dict[str, str]:
    """Return the options of an external table. Raises SqlError at one that is wrong or missing."""
    prefix = f"{connector}."
    known = _OPTIONS.get(connector)
    kept = {"connector": connector}
    for key, value in options.items():
        if key == "connector":
            continue
        name = key.removeprefix(prefix)
        own = key.startswith(prefix)
        if not own or (known is not None and name.lower() not in known | {"connection"}):
            raise SqlError(f"Unsupported option '{key}' of the connector '{connector}'.")
        kept[key] = value
    if not kept.get(f"{prefix}connection"):
        raise SqlError(f"The connector '{connector}' needs the option '{prefix}connection'.")
    return kept


def refused_use(table: Table) -> SqlError:
    """Return the refusal of an external table anywhere but in a search."""
    return SqlError(
        f"The external table '{table.name}' of connector '{table.options['connector']}' can only "
        "be used by the search functions KEY_SEARCH_AGG, TEXT_SEARCH_AGG and VECTOR_SEARCH_AGG."
    )
