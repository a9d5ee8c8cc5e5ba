"""Schema Registry: compatibility levels (`/config`) and modes (`/mode`).

Source: facts/confluent-cloud-api.md 3.7: a PUT names the level `compatibility`, a GET answers
`compatibilityLevel`.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply
from runthrough.emulator.confluent.registry.requests import answer, refusing
from runthrough.emulator.flink.formats.schemas import SchemaError


@refusing
def get_config(cloud: Cloud, call: Call) -> Reply:
    """GET /config[/{subject}]?defaultToGlobal=."""
    subject = call.params.get("subject")
    own = cloud.registry.own_level(subject)
    if subject is not None and own is None and not call.flag("defaultToGlobal"):
        raise SchemaError(
            f"Subject '{subject}' does not have subject-level compatibility configured",
            code=40408,
        )
    return answer({"compatibilityLevel": cloud.registry.level(subject)})


@refusing
def put_config(cloud: Cloud, call: Call) -> Reply:
    """PUT /config[/{subject}]."""
    body = call.json_object()
    level = body.pop("compatibility", None)
    others = sorted(name for name, value in body.items() if value is not None)
    if others:
        raise Refusal(501, f"the configuration {', '.join(others)} {LIVE_HAS_IT}")
    if not isinstance(level, str):
        raise SchemaError(f"Invalid compatibility level: {level}", code=42203)
    cloud.registry.set_level(level.upper(), call.params.get("subject"))
    return answer({"compatibility": level.upper()})


@refusing
def delete_config(cloud: Cloud, call: Call) -> Reply:
    """DELETE /config[/{subject}]: forget the level, answer with the one that was."""
    subject = call.params.get("subject")
    level = cloud.registry.level(subject)
    if subject is not None and cloud.registry.own_level(subject) is None:
        raise SchemaError(f"Subject '{subject}' not found.", code=40401)
    cloud.registry.set_level(None, subject)
    return answer({"compatibilityLevel": level})


@refusing
def get_mode(cloud: Cloud, call: Call) -> Reply:
    """GET /mode[/{subject}]?defaultToGlobal=."""
    subject = call.params.get("subject")
    own = cloud.registry.own_mode(subject)
    if subject is not None and own is None and not call.flag("defaultToGlobal"):
        raise SchemaError(
            f"Subject '{subject}' does not have subject-level mode configured", code=40409
        )
    return answer({"mode": cloud.registry.mode(subject)})


@refusing
def put_mode(cloud: Cloud, call: Call) -> Reply:
    """PUT /mode[/{subject}]."""
    mode = call.json_object().get("mode")
    if not isinstance(mode, str):
        raise SchemaError(f"Invalid mode: {mode}", code=42204)
    cloud.registry.set_mode(mode.upper(), call.params.get("subject"))
    return answer({"mode": mode.upper()})


@refusing
def delete_mode(cloud: Cloud, call: Call) -> Reply:
    """DELETE /mode/{subject}: forget the mode, answer with the one that was."""
    subject = call.params["subject"]
    mode = cloud.registry.mode(subject)
    if cloud.registry.own_mode(subject) is None:
        raise SchemaError(f"Subject '{subject}' not found.", code=40401)
    cloud.registry.set_mode(None, subject)
    return answer({"mode": mode})
