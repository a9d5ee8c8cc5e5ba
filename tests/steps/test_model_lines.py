"""What the lines about models look at, and show."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runthrough.clients.flink import Rows
from steps import models

DESCRIBED = {
    "Inputs": "(\n  `text` STRING\n)",
    "Outputs": "(\n  `tone` STRING\n)",
    "Options": "provider=openai",
    "VersionId": "2",
    "IsDefaultVersion": "false",
}


class FakeFlink:
    """Knows one model, in two versions."""

    def query(self, sql: str) -> Rows:
        if sql == "SHOW MODELS;":
            return Rows(("Model Name",), (("bot",),))
        assert sql in {"DESCRIBE MODEL `bot`;", "DESCRIBE MODEL `bot$2`;"}, sql
        return Rows(tuple(DESCRIBED), (tuple(DESCRIBED.values()),))


def see(name: str, given: str = "text", returned: str = "tone") -> list[list[object]]:
    shown: list[list[object]] = []

    def show_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        shown.append(list(columns))
        shown.extend(list(row) for row in rows)

    models.see_model(FakeFlink(), show_rows, name, given, returned)  # type: ignore[arg-type]
    return shown


@pytest.mark.parametrize("name", ["bot", "bot$2"])
def test_a_model_and_a_version_of_it_are_shown(name: str) -> None:
    columns, row = see(name)
    assert columns == ["Inputs", "Outputs", "VersionId", "IsDefaultVersion"]
    assert row == ["( `text` STRING )", "( `tone` STRING )", "2", "false"]


def test_a_model_that_is_not_there_is_met_with_those_that_are() -> None:
    with pytest.raises(AssertionError, match=r"the models are \['bot'\]"):
        see("robot$2")


@pytest.mark.parametrize(("given", "returned"), [("prompt", "tone"), ("text", "sentiment")])
def test_a_model_of_another_shape_is_another(given: str, returned: str) -> None:
    with pytest.raises(AssertionError, match="puts of bot"):
        see("bot", given, returned)
