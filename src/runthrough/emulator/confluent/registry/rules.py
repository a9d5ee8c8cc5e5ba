"""Metadata and rules of schemas: kept as sent once their shape is right; clients carry them out.

Source: the public API reference of Schema Registry (`Metadata`, `RuleSet`, `Rule`); 42201 for
metadata of another shape, 42210 for rules; the words are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.registry.settings import as_text

INVALID_SCHEMA, INVALID_RULES = 42201, 42210

DOMAIN_MODES = ("WRITE", "READ", "WRITEREAD")
MIGRATION_MODES = ("UPGRADE", "DOWNGRADE", "UPDOWN")
KINDS = ("TRANSFORM", "CONDITION")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_lists(value: object) -> bool:
    return isinstance(value, dict) and all(_is_list(item) for item in value.values())


Shape = Mapping[str, Callable[[object], bool]]

METADATA: Shape = {"tags": _is_lists, "properties": _is_texts, "sensitive": _is_list}
RULE: Shape = {
    "name": _is_text,
    "doc": _is_text,
    "kind": lambda value: value in KINDS,
    "mode": lambda value: value in (*DOMAIN_MODES, *MIGRATION_MODES),
    "type": _is_text,
    "tags": _is_list,
    "params": _is_texts,
    "expr": _is_text,
    "onSuccess": _is_text,
    "onFailure": _is_text,
    "disabled": _is_flag,
}
SETS: Mapping[str, tuple[str, ...]] = {
    "domainRules": DOMAIN_MODES,
    "encodingRules": DOMAIN_MODES,
    "migrationRules": MIGRATION_MODES,
}


def read_metadata(sent: object, where: str) -> str | None:
    """Return metadata as text, or None where there is none. Raises Refusal (422, 42201)."""
    if not sent:
        return None
    return as_text(_shaped(sent, METADATA, where, INVALID_SCHEMA)) if sent else None


def read_rule_set(sent: object, where: str) -> str | None:
    """Return rules as text, or None where there are none. Raises Refusal (422, 42210)."""
    if not sent:
        return None
    if not isinstance(sent, dict):
        raise _wrong(where, INVALID_RULES)
    whole: dict[str, object] = {}
    for name, value in sent.items():
        if value is None:
            continue
        if name == "enableAt" and isinstance(value, str):
            whole[name] = value
        elif name in SETS and isinstance(value, list):
            whole[name] = [
                _rule(item, name, f"{where}.{name}[{n}]") for n, item in enumerate(value)
            ]
        else:
            raise _wrong(f"{where}.{name}", INVALID_RULES)
    return as_text(whole) if whole else None


def _rule(sent: object, kind: str, where: str) -> object:
    rule = _shaped(sent, RULE, where, INVALID_RULES)
    for name in ("name", "mode", "type"):
        if name not in rule:
            raise _wrong(f"{where}.{name}", INVALID_RULES)
    if rule["mode"] not in SETS[kind]:
        raise _wrong(f"{where}.mode", INVALID_RULES)
    return rule


def _shaped(sent: object, shape: Shape, where: str, code: int) -> dict[str, object]:
    if not isinstance(sent, dict):
        raise _wrong(where, code)
    for name, value in sent.items():
        if name not in shape or (value is not None and not shape[name](value)):
            raise _wrong(f"{where}.{name}", code)
    return {name: value for name, value in sent.items() if value is not None}


def _wrong(where: str, code: int) -> Refusal:
    return Refusal(422, f"{where} is missing or not what it should be", code=code)
