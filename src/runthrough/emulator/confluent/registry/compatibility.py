"""Schema Registry: would a schema fit? (`/compatibility`).

Source: facts/confluent-cloud-api.md 3.7. The comparison is that of `flink/formats/compatibility`,
by which schemas are registered too.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Reply
from runthrough.emulator.confluent.registry.requests import (
    answer,
    read_schema,
    read_subject,
    read_version,
    refusing,
)


@refusing
def check_version(cloud: Cloud, call: Call) -> Reply:
    """POST /compatibility/subjects/{subject}/versions/{version}: against that version alone."""
    subject, version = read_subject(call), read_version(call)
    if version == "latest":
        latest = cloud.schemas.latest(subject)
        return _check(cloud, call, None if latest is None else latest.version)
    return _check(cloud, call, cloud.schemas.version(subject, version).version)


@refusing
def check_versions(cloud: Cloud, call: Call) -> Reply:
    """POST /compatibility/subjects/{subject}/versions: against all that registering asks for."""
    return _check(cloud, call, None)


def _check(cloud: Cloud, call: Call, version: int | None) -> Reply:
    """Check a schema; the reasons are given with `?verbose=true` only.

    Raises:
        SchemaError: it is no schema.
        NotEmulatedError: the comparison cannot be made.
    """
    subject, order = read_subject(call), read_schema(call)
    normalize = call.flag("normalize")
    draft = cloud.registry.prepared(subject, order.draft, normalize=normalize)
    checked = cloud.schemas.checked(draft)
    problems = cloud.schemas.incompatibilities(subject, checked, version=version)
    messages = list(problems) if call.flag("verbose") else []
    return answer({"is_compatible": not problems, "messages": messages})
