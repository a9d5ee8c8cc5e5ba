"""Subjects, versions, levels and modes over HTTP in any order, compared with a plain model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .. import models
from ..schemas.registry import Problem, RegisteredSchema

NAMES = st.sampled_from(["a-key", "a-value", "b c/é"])
NUMBERS = st.integers(0, 3)
LEVELS = st.sampled_from(["NONE", "FULL_TRANSITIVE", "BACKWARD"])


def schema(number: int) -> str:
    """Return one of some schemas, each of which another type: only NONE lets them follow."""
    return json.dumps({"type": "fixed", "name": "F", "size": number + 1}, separators=(",", ":"))


@dataclass
class Known:
    """A subject: the schema of each version, and which of them are softly deleted."""

    versions: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    def alive(self) -> list[int]:
        return [version for version in sorted(self.versions) if version not in self.hidden]


class Subjects(RuleBasedStateMachine):
    """Rules are requests; the model is a dictionary of subjects."""

    raw: httpx.Client

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"model-{next(models.PREFIXES)}-"
        self.subjects: dict[str, Known] = {}
        self.levels: dict[str, str] = {}

    def path(self, name: str, rest: str = "") -> str:
        quoted = (self.prefix + name).replace("/", "%2F")
        return f"/subjects/{quoted}{rest}"

    def setting(self, kind: str, name: str) -> str:
        return self.path(name).replace("/subjects/", f"/{kind}/")

    def refused(self, answer: httpx.Response, *codes: int) -> None:
        problem = Problem.model_validate_json(answer.content)
        assert problem.error_code in codes, problem
        assert answer.status_code == int(str(problem.error_code)[:3])

    # --- versions --------------------------------------------------------------------------------

    @rule(name=NAMES, number=NUMBERS)
    def register(self, name: str, number: int) -> None:
        answer = self.raw.post(self.path(name, "/versions"), json={"schema": schema(number)})
        known = self.subjects.get(name, Known())
        alive = known.alive()
        same = [version for version in alive if known.versions[version] == number]
        if alive and not same and self.levels.get(name, "BACKWARD") != "NONE":
            self.refused(answer, 409)
            return
        made = RegisteredSchema.model_validate_json(answer.content)
        expected = same[-1] if same else max(known.versions, default=0) + 1
        assert (made.version, json.loads(made.schema_)) == (expected, json.loads(schema(number)))
        known.versions[expected] = number
        self.subjects[name] = known

    @rule(name=NAMES, number=NUMBERS)
    def look_up(self, name: str, number: int) -> None:
        answer = self.raw.post(self.path(name), json={"schema": schema(number)})
        known = self.subjects.get(name)
        if known is None or not known.alive():
            self.refused(answer, 40401)
        elif number not in {known.versions[version] for version in known.alive()}:
            self.refused(answer, 40403)
        else:
            found = RegisteredSchema.model_validate_json(answer.content)
            assert known.versions[found.version] == number

    @rule(name=NAMES, version=st.integers(1, 4) | st.just("latest"))
    def read(self, name: str, version: int | str) -> None:
        answer = self.raw.get(self.path(name, f"/versions/{version}"))
        known = self.subjects.get(name, Known())
        alive = known.alive()
        if not alive:
            self.refused(answer, 40401)
        elif version != "latest" and version not in alive:
            self.refused(answer, 40402)
        else:
            found = RegisteredSchema.model_validate_json(answer.content)
            assert found.version == (alive[-1] if version == "latest" else version)
            assert json.loads(found.schema_) == json.loads(schema(known.versions[found.version]))
            by_id = self.raw.get(f"/schemas/ids/{found.id}").json()
            assert by_id["schema"] == found.schema_

    # --- deleting --------------------------------------------------------------------------------

    @rule(name=NAMES, permanent=st.booleans())
    def delete_subject(self, name: str, permanent: bool) -> None:
        answer = self.raw.delete(self.path(name), params={"permanent": str(permanent).lower()})
        known = self.subjects.get(name)
        if known is None:
            self.refused(answer, 40401)
        elif permanent and known.alive():
            self.refused(answer, 40405)
        elif permanent:
            assert answer.json() == sorted(known.versions)
            del self.subjects[name]
        elif not known.alive():
            self.refused(answer, 40404)
        else:
            assert answer.json() == known.alive()
            known.hidden |= set(known.versions)
            self.levels.pop(name, None)

    @rule(name=NAMES, version=st.integers(1, 4), permanent=st.booleans())
    def delete_version(self, name: str, version: int, permanent: bool) -> None:
        asked = {"permanent": str(permanent).lower()}
        answer = self.raw.delete(self.path(name, f"/versions/{version}"), params=asked)
        known = self.subjects.get(name)
        if known is None:
            self.refused(answer, 40401)
        elif version not in known.versions:
            self.refused(answer, 40402)
        elif permanent and version not in known.hidden:
            self.refused(answer, 40407)
        elif not permanent and version in known.hidden:
            self.refused(answer, 40406)
        else:
            assert answer.json() == version
            known.hidden ^= {version}
            if permanent:
                del known.versions[version]
            if not known.versions:
                del self.subjects[name]

    # --- levels ----------------------------------------------------------------------------------

    @rule(name=NAMES, level=LEVELS)
    def set_level(self, name: str, level: str) -> None:
        answer = self.raw.put(self.setting("config", name), json={"compatibility": level})
        assert answer.json() == {"compatibility": level}
        self.levels[name] = level

    @rule(name=NAMES)
    def delete_level(self, name: str) -> None:
        answer = self.raw.delete(self.setting("config", name))
        if name in self.levels:
            assert answer.json() == {"compatibilityLevel": self.levels.pop(name)}
        else:
            self.refused(answer, 40408, 40401)

    # --- what is always so -----------------------------------------------------------------------

    @invariant()
    def lists_hold_what_the_model_holds(self) -> None:
        for deleted in ("false", "true"):
            asked = {"subjectPrefix": self.prefix, "deleted": deleted}
            alive = {n: k for n, k in self.subjects.items() if k.alive() or deleted == "true"}
            shown = self.raw.get("/subjects", params=asked).json()
            assert shown == sorted(self.prefix + name for name in alive)
            for name, known in alive.items():
                listed = self.raw.get(self.path(name, "/versions"), params={"deleted": deleted})
                wanted = sorted(known.versions) if deleted == "true" else known.alive()
                assert listed.json() == wanted
        for name in ("a-key", "a-value", "b c/é"):
            answer = self.raw.get(self.setting("config", name))
            if name in self.levels:
                assert answer.json() == {"compatibilityLevel": self.levels[name]}
            else:
                self.refused(answer, 40408)


def test_subjects_behave_as_a_plain_model_says(raw: httpx.Client) -> None:
    class Here(Subjects):
        pass

    Here.raw = raw
    models.run(Here, examples=20, steps=25)
