"""The requests about topics that the front answers: from the message to the desk and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from runthrough.emulator.broker.front import topic_apis
from runthrough.emulator.broker.front.desk import (
    Change,
    TopicDesk,
    TopicError,
    TopicRefused,
    TopicSetting,
)
from runthrough.emulator.broker.wire import Values

T = TypeVar("T")

_NO_ERROR = 0
_DEFAULT = -1
_TOPIC_RESOURCE = 2
_SOURCES = {"DYNAMIC_TOPIC_CONFIG": 1, "DEFAULT_CONFIG": 5}
_OPERATIONS = {0: "SET", 1: "DELETE", 2: "APPEND", 3: "SUBTRACT"}
_UNKNOWN_TYPE = 0


def answer(desk: TopicDesk, key: int, asked: Values) -> Values:
    """Carry out a request, which may take a moment, and return the answer."""
    return _ANSWERING[key](desk, asked)


def _create(desk: TopicDesk, asked: Values) -> Values:
    def make(topic: Values) -> None:
        if topic["assignments"]:
            raise _not_emulated("partitions on brokers that are named")
        desk.create(
            topic["topic"],
            partitions=_or_default(topic["partitions"]),
            replication=_or_default(topic["replication"]),
            configs={c["name"]: c["value"] for c in topic["configs"] if c["value"] is not None},
            validate_only=asked["validate_only"],
        )

    return {"topics": [{"topic": t["topic"], **_done(make, t)} for t in asked["topics"]]}


def _delete(desk: TopicDesk, asked: Values) -> Values:
    return {"topics": [{"topic": name, **_done(desk.delete, name)} for name in asked["topics"]]}


def _grow(desk: TopicDesk, asked: Values) -> Values:
    def grow(topic: Values) -> None:
        if topic["assignments"]:
            raise _not_emulated("partitions on brokers that are named")
        desk.grow(topic["topic"], topic["partitions"], validate_only=asked["validate_only"])

    return {"topics": [{"topic": t["topic"], **_done(grow, t)} for t in asked["topics"]]}


def _describe(desk: TopicDesk, asked: Values) -> Values:
    results = []
    for resource in asked["resources"]:
        found: list[TopicSetting] = []

        def look(resource: Values, found: list[TopicSetting] = found) -> None:
            _check_resource(resource)
            found.extend(desk.settings(resource["name"]))

        told = _done(look, resource)
        keys = resource["keys"]
        configs = [_setting(one) for one in found if keys is None or one.name in keys]
        if not asked["with_synonyms"]:
            configs = [{**config, "synonyms": []} for config in configs]
        results.append({**resource, **told, "configs": configs})
    return {"results": results}


def _alter(desk: TopicDesk, asked: Values) -> Values:
    def alter(resource: Values) -> None:
        _check_resource(resource)
        changes = [
            Change(c["name"], _OPERATIONS.get(c["operation"], str(c["operation"])), c["value"])
            for c in resource["configs"]
        ]
        desk.alter(resource["name"], changes, validate_only=asked["validate_only"])

    return {"results": [{**r, **_done(alter, r)} for r in asked["resources"]]}


_ANSWERING: Mapping[int, Callable[[TopicDesk, Values], Values]] = MappingProxyType(
    {
        topic_apis.CREATE_TOPICS.key: _create,
        topic_apis.DELETE_TOPICS.key: _delete,
        topic_apis.CREATE_PARTITIONS.key: _grow,
        topic_apis.DESCRIBE_CONFIGS.key: _describe,
        topic_apis.ALTER_CONFIGS.key: _alter,
    }
)


def _done(act: Callable[[T], None], what: T) -> Values:
    """Do it and return its error and message."""
    try:
        act(what)
    except TopicRefused as e:
        return {"error": e.code, "message": e.message}
    return {"error": _NO_ERROR, "message": None}


def _or_default(number: int) -> int | None:
    return None if number == _DEFAULT else number


def _check_resource(resource: Values) -> None:
    if resource["type"] != _TOPIC_RESOURCE:
        raise _not_emulated("settings of anything but topics")


def _not_emulated(what: str) -> TopicRefused:
    text = f"not emulated: {what}; the live target has it"
    return TopicRefused(TopicError.INVALID_REQUEST, text)


def _setting(setting: TopicSetting) -> Values:
    source, value = setting.values[0]
    synonyms = [
        {"name": setting.name, "value": v, "source": _SOURCES[s]} for s, v in setting.values
    ]
    return {
        "name": setting.name,
        "value": value,
        "read_only": setting.read_only,
        "is_default": source == "DEFAULT_CONFIG",
        "source": _SOURCES[source],
        "sensitive": False,
        "synonyms": synonyms,
        "type": _UNKNOWN_TYPE,
        "documentation": None,
    }
