"""Random lives of Tableflow topics, compared with a plain model of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.emulator.confluent.schemas.base import Errors
from tests.emulator.confluent.schemas.tableflow import Topic, TopicList

from ..conftest import Emulated
from .conftest import TOPICS, Lab

UPSERT = "PRIMARY KEY (id) NOT ENFORCED) WITH ('kafka.cleanup-policy' = 'compact'"
TABLES = {
    "appended": ("(id INT, n INT)", "APPEND"),
    "upserted": (f"(id INT, n INT, {UPSERT})", "UPSERT"),
    "retracted": ("(id INT, n INT) WITH ('changelog.mode' = 'retract')", None),
    "absent": (None, None),
}

names = st.sampled_from(sorted(TABLES))
formats = st.sampled_from([["DELTA"], ["ICEBERG"], ["DELTA", "ICEBERG"]])
retentions = st.none() | st.integers(86_400_000, 2**63 - 1).map(str)
modes = st.none() | st.sampled_from(["SUSPEND", "SKIP"])


@dataclass
class Known:
    """What the model remembers of an enabled topic."""

    formats: list[str]
    write_mode: str
    config: dict[str, Any] = field(default_factory=dict)


def config_of(retention: str | None, mode: str | None) -> dict[str, Any]:
    config: dict[str, Any] = {} if retention is None else {"retention_ms": retention}
    return config if mode is None else {**config, "error_handling": {"mode": mode}}


@pytest.fixture(scope="module")
def lab(emulated: Emulated) -> Iterator[Lab]:
    with emulated.http("tableflow") as client:
        made = Lab(emulated, client, itertools.count(1_000_000))
        for name, (shape, _) in TABLES.items():
            if shape is not None:
                made.done(f"CREATE TABLE {name} {shape}")
        yield made


def test_topics_behave_as_a_plain_model_says(lab: Lab) -> None:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.known: dict[str, Known] = {}

        @rule(name=names, formats=formats, retention=retentions, mode=modes)
        def enable(
            self, name: str, formats: list[str], retention: str | None, mode: str | None
        ) -> None:
            config = config_of(retention, mode)
            answer = lab.enable(name, table_formats=formats, config=config)
            write_mode = TABLES[name][1]
            if write_mode is None:
                assert answer.status_code == (404 if TABLES[name][0] is None else 422)
            elif name in self.known:
                assert answer.status_code == 409
            else:
                assert answer.status_code == 202
                self.known[name] = Known(formats, write_mode, config)
                self.compare(name, Topic.model_validate_json(answer.content))

        @rule(name=names, formats=st.none() | formats, retention=retentions, mode=modes)
        def change(
            self, name: str, formats: list[str] | None, retention: str | None, mode: str | None
        ) -> None:
            config = config_of(retention, mode)
            spec = {"config": config} | ({} if formats is None else {"table_formats": formats})
            answer = lab.patch(name, **spec)
            if name not in self.known:
                assert answer.status_code == 404
                return
            assert answer.status_code == 200
            known = self.known[name]
            known.formats = formats or known.formats
            known.config |= config
            self.compare(name, Topic.model_validate_json(answer.content))

        @rule(name=names)
        def disable(self, name: str) -> None:
            expected = 204 if self.known.pop(name, None) else 404
            assert lab.disable(name).status_code == expected

        @rule(name=names)
        def change_mode(self, name: str) -> None:
            if name not in self.known:
                return
            said = lab.sql(f"ALTER TABLE {name} SET ('changelog.mode' = 'retract')")
            assert "cannot change while Tableflow" in said

        @rule(name=names)
        def read(self, name: str) -> None:
            answer = lab.get(name)
            if name in self.known:
                self.compare(name, Topic.model_validate_json(answer.content))
            else:
                assert answer.status_code == 404
                Errors.model_validate_json(answer.content)

        def compare(self, name: str, seen: Topic) -> None:
            known = self.known[name]
            assert seen.spec.display_name == name
            assert list(seen.spec.table_formats) == known.formats
            assert seen.status.write_mode == known.write_mode
            assert bool(seen.spec.storage.table_path) == ("DELTA" in known.formats)
            failing = [one.format for one in seen.status.failing_table_formats]
            assert failing == [f for f in known.formats if f == "ICEBERG"]
            assert (seen.status.phase == "FAILED") == bool(failing)
            config = seen.spec.config
            assert config.retention_ms == known.config.get("retention_ms", "604800000")
            handling = known.config.get("error_handling", {"mode": "SUSPEND"})
            assert config.error_handling.mode == handling["mode"]

        @invariant()
        def the_list_has_what_the_model_has(self) -> None:
            answer = lab.http.get(TOPICS, params=lab.place)
            listed = TopicList.model_validate_json(answer.content)
            assert [t.spec.display_name for t in listed.data] == sorted(self.known)
            assert listed.metadata.total_size == len(self.known)

        def teardown(self) -> None:
            for name in self.known:
                lab.disable(name)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
