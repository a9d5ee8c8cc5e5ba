"""Lines about what a MongoDB collection holds; the emulator stands in for the database."""

from __future__ import annotations

import httpx
from pytest_bdd import given, parsers

from runthrough.clients.emulator import EmulatorDoor
from runthrough.run.ledger import Ledger
from runthrough.settings import Settings

ENDPOINT = "mongodb+srv://race.example.mongodb.net"
INDEX = "comments_by_meaning"
_MODEL = "text-embedding-3-small"


@given(parsers.parse('the MongoDB collection "{name}" holds these comments with their vectors:'))
def fill_archive(
    emulator_door: EmulatorDoor, settings: Settings, ledger: Ledger, name: str, docstring: str
) -> None:
    """Embed each line of the doc string with OpenAI's own API, as who fills a real one does."""
    ledger.changes("filling a collection")
    texts = docstring.splitlines()
    vectors = _embed(settings, texts)
    documents = [{"message": t, "embedding": v} for t, v in zip(texts, vectors, strict=True)]
    emulator_door.fill(name, documents, endpoint=ENDPOINT, indexes=(INDEX,))


def _embed(settings: Settings, texts: list[str]) -> list[list[float]]:
    answer = httpx.post(
        settings.text("OPENAI_BASE_URL") + "/embeddings",
        headers={"Authorization": f"Bearer {settings.text('OPENAI_API_KEY')}"},
        json={"model": _MODEL, "input": texts},
        trust_env=False,
    )
    answer.raise_for_status()
    return [item["embedding"] for item in answer.json()["data"]]
