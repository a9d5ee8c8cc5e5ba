"""Schema Registry: configurations (`/config`), modes (`/mode`), the cluster's limits.

Sources: facts/confluent-cloud-api.md 3.7: a PUT names the level `compatibility`, a GET answers
`compatibilityLevel`; the other parts of a configuration are those of the public API reference.
"""

from __future__ import annotations

import json

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply
from runthrough.emulator.confluent.registry.requests import (
    Json,
    answer,
    checked_subject,
    read_body,
    refusing,
)
from runthrough.emulator.confluent.registry.rules import read_metadata, read_rule_set
from runthrough.emulator.flink.formats.schemas import SchemaError

MAX_SCHEMAS, MAX_REQUESTS = 20_000, 25
NOT_EMULATED = ("alias", "compatibilityPolicy", "validateFields", "validateRules", "validateNames")
METADATA = ("defaultMetadata", "overrideMetadata")
RULES = ("defaultRuleSet", "overrideRuleSet")
FIELDS = ("compatibility", "normalize", "compatibilityGroup", *METADATA, *RULES, *NOT_EMULATED)


@refusing
def get_config(cloud: Cloud, call: Call) -> Reply:
    """GET /config[/{subject}]?defaultToGlobal=."""
    subject = _subject(call)
    own = cloud.registry.own_config(subject)
    if subject is not None and own is None and not call.flag("defaultToGlobal"):
        raise SchemaError(
            f"Subject '{subject}' does not have subject-level compatibility configured",
            code=40408,
        )
    if subject is None or call.flag("defaultToGlobal") or own is None:
        return answer(cloud.registry.config(subject))
    return answer(own)


@refusing
def put_config(cloud: Cloud, call: Call) -> Reply:
    """PUT /config[/{subject}]: what is not named stays, null takes a part away."""
    subject = _subject(call)
    cloud.registry.check_writable(subject)
    body = read_body(call, *FIELDS)
    others = [name for name in NOT_EMULATED if body.get(name) is not None]
    if others:
        raise Refusal(501, f"the configuration {', '.join(others)} {LIVE_HAS_IT}")
    level = body.get("compatibility")
    if not isinstance(level, str | None) or not body:
        raise SchemaError(f"Invalid compatibility level: {level}", code=42203)
    changes = {
        name: _read(name, value)
        for name, value in body.items()
        if name not in ("compatibility", *NOT_EMULATED)
    }
    cloud.registry.change_config(subject, None if level is None else level.upper(), changes)
    told: Json = {} if level is None else {"compatibility": level.upper()}
    return answer({**told, **{k: v for k, v in changes.items() if v is not None}})


@refusing
def delete_config(cloud: Cloud, call: Call) -> Reply:
    """DELETE /config[/{subject}]: forget what is set, answer with what was."""
    subject = _subject(call)
    cloud.registry.check_writable(subject)
    before = cloud.registry.own_config(subject)
    if before is None and subject is not None:
        raise SchemaError(f"Subject '{subject}' not found.", code=40401)
    told = cloud.registry.config(None) if subject is None else before
    cloud.registry.delete_config(subject)
    return answer(told)


@refusing
def get_mode(cloud: Cloud, call: Call) -> Reply:
    """GET /mode[/{subject}]?defaultToGlobal=."""
    subject = _subject(call)
    own = cloud.registry.own_mode(subject)
    if subject is not None and own is None and not call.flag("defaultToGlobal"):
        raise SchemaError(
            f"Subject '{subject}' does not have subject-level mode configured", code=40409
        )
    return answer({"mode": cloud.registry.mode(subject)})


@refusing
def put_mode(cloud: Cloud, call: Call) -> Reply:
    """PUT /mode[/{subject}]?force=."""
    subject, mode = _subject(call), read_body(call, "mode").get("mode")
    if not isinstance(mode, str):
        raise SchemaError(f"Invalid mode: {mode}", code=42204)
    cloud.registry.set_mode(mode.upper(), subject, force=call.flag("force"))
    return answer({"mode": mode.upper()})


@refusing
def delete_mode(cloud: Cloud, call: Call) -> Reply:
    """DELETE /mode/{subject}: forget the mode, answer with the one that was."""
    subject = checked_subject(call.params["subject"])
    mode = cloud.registry.mode(subject)
    if cloud.registry.own_mode(subject) is None:
        raise SchemaError(f"Subject '{subject}' not found.", code=40401)
    cloud.registry.set_mode(None, subject)
    return answer({"mode": mode})


def get_cluster_config(_cloud: Cloud, _call: Call) -> Reply:
    """GET /clusterconfig: the service's limits, which the emulator does not enforce."""
    return answer({"maxSchemas": MAX_SCHEMAS, "maxRequestsPerSec": MAX_REQUESTS})


def _subject(call: Call) -> str | None:
    subject = call.params.get("subject")
    return None if subject is None else checked_subject(subject)


def _read(name: str, value: object) -> object:
    """Return a part of a configuration. Raises Refusal (422) for one of another type."""
    if value is None:
        return None
    if name in METADATA:
        return _parsed(read_metadata(value, name))
    if name in RULES:
        return _parsed(read_rule_set(value, name))
    wanted = bool if name == "normalize" else str
    if not isinstance(value, wanted):
        raise Refusal(422, f"{name} must be a {'flag' if wanted is bool else 'text'}", code=422)
    return value


def _parsed(text: str | None) -> object:
    return None if text is None else json.loads(text)
