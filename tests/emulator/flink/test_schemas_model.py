"""Random work on a registry, compared with a plain model of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from runthrough.emulator.flink.formats.schemas import Draft, SchemaError, SchemaStore

SUBJECTS = st.sampled_from(["a-value", "b-value", "c"])
TEXTS = [
    json.dumps({"type": "record", "name": "R", "fields": fields})
    for fields in (
        [],
        [{"name": "x", "type": "int"}],
        [{"name": "x", "type": "int", "default": 0}],
        [{"name": "x", "type": "int", "default": 0}, {"name": "y", "type": "int"}],
    )
]
NUMBERS = st.integers(0, len(TEXTS) - 1)
READERS = {(0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3)}
"""(new, old): the schemas by which records of others can be read."""
READERS |= {(3, 3)}


@dataclass
class Plain:
    """A subject: the number of each version's text, and which are softly deleted."""

    texts: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    def alive(self) -> list[int]:
        return [version for version in self.texts if version not in self.hidden]


class Registry(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = SchemaStore()
        self.model: dict[str, Plain] = {}
        self.ids: dict[int, int] = {}
        self.last_id = 100_000

    def attempt(self, call: Any, *args: Any, **options: Any) -> tuple[Any, int]:
        try:
            return call(*args, **options), 0
        except SchemaError as e:
            return None, e.code

    @rule(subject=SUBJECTS, number=NUMBERS)
    def register(self, subject: str, number: int) -> None:
        plain = self.model.get(subject, Plain())
        alive = plain.alive()
        found, code = self.attempt(self.store.add, subject, Draft(TEXTS[number]))
        known = [v for v in alive if plain.texts[v] == number]
        if known:
            assert found.version == known[-1]
        elif alive and (number, plain.texts[alive[-1]]) not in READERS:
            assert code == 409
        else:
            if number not in self.ids:
                self.last_id += 1
                self.ids[number] = self.last_id
            version = 1 + max(plain.texts, default=0)
            assert (found.version, found.schema.id) == (version, self.ids[number])
            plain.texts[version] = number
            self.model[subject] = plain

    @rule(subject=SUBJECTS, number=NUMBERS, deleted=st.booleans())
    def look_up(self, subject: str, number: int, deleted: bool) -> None:
        plain = self.model.get(subject, Plain())
        versions = list(plain.texts) if deleted else plain.alive()
        found, code = self.attempt(
            self.store.lookup, subject, Draft(TEXTS[number]), deleted=deleted
        )
        matching = [v for v in versions if plain.texts[v] == number]
        if matching:
            assert found.version == matching[-1]
        else:
            assert code == (40403 if versions else 40401)

    @rule(subject=SUBJECTS, permanent=st.booleans())
    def delete_subject(self, subject: str, permanent: bool) -> None:
        plain = self.model.get(subject, Plain())
        alive = plain.alive()
        found, code = self.attempt(self.store.delete_subject, subject, permanent=permanent)
        if not plain.texts:
            assert code == 40401
        elif permanent:
            assert code == (40405 if alive else 0)
            if not alive:
                assert list(found) == list(plain.texts)
                del self.model[subject]
        elif alive:
            assert list(found) == alive
            plain.hidden |= set(alive)
        else:
            assert code == 40404
        self.forget_unused()

    @rule(subject=SUBJECTS, version=st.integers(1, 4), permanent=st.booleans())
    def delete_version(self, subject: str, version: int, permanent: bool) -> None:
        plain = self.model.get(subject, Plain())
        found, code = self.attempt(self.store.delete_version, subject, version, permanent=permanent)
        if version not in plain.texts:
            assert code == (40402 if plain.texts else 40401)
        elif permanent:
            assert code == (0 if version in plain.hidden else 40407)
            if version in plain.hidden:
                del plain.texts[version]
                plain.hidden.discard(version)
                if not plain.texts:
                    del self.model[subject]
        else:
            assert code == (40406 if version in plain.hidden else 0)
            assert found in (version, None)
            plain.hidden.add(version)
        self.forget_unused()

    def forget_unused(self) -> None:
        used = {number for plain in self.model.values() for number in plain.texts.values()}
        self.ids = {number: id for number, id in self.ids.items() if number in used}

    @invariant()
    def both_tell_the_same(self) -> None:
        assert self.store.subjects(deleted=True) == tuple(sorted(self.model))
        assert self.store.subjects() == tuple(sorted(s for s, p in self.model.items() if p.alive()))
        for subject, plain in self.model.items():
            assert list(self.store.versions(subject, deleted=True)) == list(plain.texts)
            for version, number in plain.texts.items():
                found = self.store.version(subject, version, deleted=True)
                assert found.schema.id == self.ids[number]
                assert found.deleted == (version in plain.hidden)
        assert [schema.id for schema in self.store.schemas()] == sorted(self.ids.values())


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
