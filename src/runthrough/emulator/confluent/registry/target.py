"""Which Schema Registry a request is for: all of them share one address here.

Source: facts/confluent-cloud-api.md 1.2: a token goes with the header `target-sr-cluster`, which
names the registry; a key of a registry is for that one. That a request which says neither goes to
the world's registry is ours, as is the refusal of a registry there is none of.
"""

from __future__ import annotations

from runthrough.emulator.confluent.account.records import SchemaRegistry
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal

HEADER = "target-sr-cluster"


def names_another(call: Call) -> bool:
    """Return whether a key of one registry comes with the header of another."""
    key, named = call.caller.key, call.header(HEADER)
    own = key is not None and key.resource.scope == "schema-registry"
    return own and key is not None and named not in ("", key.resource.id)


def target(cloud: Cloud, call: Call) -> SchemaRegistry | None:
    """Return the registry a request is for; None = the world's, which is gone.

    Raises:
        Refusal: 403, the header names a registry there is none of.
    """
    key = call.caller.key
    named = call.header(HEADER)
    if key is not None and key.resource.scope == "schema-registry":
        named = key.resource.id
    known = {r.id: r for e in cloud.account.environments() for r in cloud.account.registries(e.id)}
    if named and named not in known:
        raise Refusal(403, f"Schema Registry cluster {named} was not found.", code=40301)
    return known.get(named or cloud.world.schema_registry.id)
