"""A connector's config: what must be in it, and what is never shown.

Sources: facts/confluent-cloud-api.md 3.8 (required keys, the mask), 1.6 (the two forms of a bad
config's error). Which keys are secret is a rule of ours: by their name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runthrough.emulator.confluent.http import Call, Refusal

MASK = "****************"

MOST_TASKS = 1000
"""Ours: so that no answer grows beyond all bounds."""

_SECRET = re.compile(
    r"secret|passw|passphrase|token|credential|api[._]?key$|private[._]?key|access[._]?key"
    r"|service[._]?key|connection[._](string|url|uri)|sasl\.jaas|\bauth\.header|keyfile",
    re.IGNORECASE,
)


def read_create(call: Call) -> tuple[str, dict[str, str]]:
    """Return name and config of a new connector. Raises Refusal (400) naming what is missing."""
    body = call.json_object()
    unknown = sorted(set(body) - {"name", "config", "offsets"})
    if unknown:
        raise Refusal(400, f"the request body has unknown fields: {', '.join(unknown)}")
    if "offsets" in body:
        raise Refusal(501, "offsets of a new connector are not emulated; the live target has them")
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise Refusal(400, "name is required and must be a text")
    return name, check_config(name, body.get("config"))


def read_config(call: Call, name: str) -> dict[str, str]:
    """Return the new config of a connector. Raises Refusal (400) naming what is missing."""
    return check_config(name, call.json_object())


def check_config(name: str, config: object) -> dict[str, str]:
    """Return a config that has all that every connector needs. Raises Refusal (400) otherwise."""
    if not isinstance(config, dict):
        raise Refusal(400, "config is required and must be an object")
    for key, value in config.items():
        if not isinstance(value, str):
            raise Refusal(400, f"config: the value of {key!r} must be a text")
    wanted = ["connector.class"]
    if config.get("kafka.auth.mode", "KAFKA_API_KEY") == "SERVICE_ACCOUNT":
        wanted.append("kafka.service.account.id")
    else:
        wanted += ["kafka.api.key", "kafka.api.secret"]
    missing = [key for key in wanted if not config.get(key)]
    if missing:
        raise Refusal(400, f"config: missing required {', '.join(missing)}")
    tasks = config.get("tasks.max", "1")
    if not (tasks.isascii() and tasks.isdigit() and 1 <= int(tasks) <= MOST_TASKS):
        raise Refusal(400, f"config: tasks.max must be a number from 1 to {MOST_TASKS}")
    if config.get("name", name) != name:
        raise Refusal(400, f"config: name {config['name']!r} is not the connector's name {name!r}")
    return {**config, "name": name}


def masked(config: Mapping[str, str]) -> dict[str, str]:
    """Return a config as it is shown: secrets are stars."""
    return {key: MASK if _SECRET.search(key) else value for key, value in config.items()}


def kind_of(config: Mapping[str, str]) -> str:
    """Return `source` or `sink`, by the class's name; what says neither is a source."""
    return "sink" if "sink" in config["connector.class"].lower() else "source"
