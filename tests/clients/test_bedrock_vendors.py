"""langchain-aws and litellm, unmodified, speak to models of all vendors in the vendors' bodies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from runthrough.emulator.server import serve

from .test_bedrock_clients import day, python

BACK = datetime.now(UTC) - datetime(2024, 6, 1, tzinfo=UTC)
"""How far the world's clock is set back, to a day when all these models were alive."""


def test_models_of_all_vendors_work_for_a_day(tmp_path: Path) -> None:
    interpreter = python("frameworks")
    with serve(clock=lambda: datetime.now(UTC) - BACK) as running:
        told = day(running, tmp_path, "vendors_day.py", interpreter)
    for way in ("completed", "streamed", "chats", "invoked"):
        assert set(told[way].values()) == {"1 + 1 = 2."}, way
    for model, calls in told["tools"].items():
        assert calls == [{"city": "Lisbon"}], model
    assert list(told["sizes"].values()) == [1536, 1024, 1536]
    assert set(told["drawn"].values()) == {"PNG"}
