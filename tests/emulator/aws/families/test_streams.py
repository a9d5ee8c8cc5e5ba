"""Every family that streams says the same in pieces as at once (facts amazon-bedrock 2.9, 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from tests.emulator.aws.families.conftest import Vendors

MESSAGES = {"messages": [{"role": "user", "content": "What is 1+1?"}]}
PROMPT = {"prompt": "What is 1+1?"}
STREAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "ai21-jamba": ("ai21.jamba-1-5-mini-v1:0", MESSAGES),
    "amazon-nova": (
        "amazon.nova-micro-v1:0",
        {"messages": [{"role": "user", "content": [{"text": "What is 1+1?"}]}]},
    ),
    "cohere-chat": ("cohere.command-r-v1:0", {"message": "What is 1+1?"}),
    "cohere-command": ("cohere.command-text-v14", PROMPT),
    "deepseek-r1": ("us.deepseek.r1-v1:0", PROMPT),
    "meta-llama": ("meta.llama3-8b-instruct-v1:0", PROMPT),
    "mistral-chat": ("mistral.mistral-large-3-675b-instruct", MESSAGES),
    "mistral-text": ("mistral.mistral-7b-instruct-v0:2", PROMPT),
    "openai-chat": ("qwen.qwen3-32b-v1:0", MESSAGES),
    "titan-text": ("amazon.titan-text-express-v1", {"inputText": "What is 1+1?"}),
}


def text_of(piece: dict[str, Any]) -> str:
    """Return the text a piece adds, as a client of its vendor finds it."""
    for found in (
        lambda: piece["choices"][0]["delta"]["content"],
        lambda: piece["choices"][0]["message"]["content"],
        lambda: piece["choices"][0]["text"],
        lambda: piece["contentBlockDelta"]["delta"]["text"],
        lambda: piece["generation"],
        lambda: piece["outputs"][0]["text"],
        lambda: piece["outputText"],
        lambda: piece["text"],
    ):
        try:
            text = found()
        except (KeyError, IndexError):
            continue
        assert isinstance(text, str)
        return text
    return ""


def test_every_family_that_streams_is_tried() -> None:
    streaming = {api for api, family in FAMILIES.items()
                 if isinstance(family, TextFamily) and family.chunks is not None}  # fmt: skip
    assert {api for api in streaming if not api.startswith("anthropic")} == set(STREAMS)


@pytest.mark.parametrize("api", STREAMS)
def test_pieces_joined_are_the_answer(vendors: Vendors, api: str) -> None:
    model, body = STREAMS[api]
    reply = vendors.client().invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    pieces = [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]
    assert "".join(map(text_of, pieces)) == "1 + 1 = 2."
    counted = pieces[-1]["amazon-bedrock-invocationMetrics"]
    assert (counted["inputTokenCount"], counted["outputTokenCount"]) == (3, 3)


def test_llama_4_streams_only_as_a_conversation(vendors: Vendors) -> None:
    model = "us.meta.llama4-scout-17b-instruct-v1:0"
    client = vendors.client()
    said = vendors.error(
        lambda: client.invoke_model_with_response_stream(modelId=model, body=json.dumps(PROMPT))
    )
    assert said == "The model is unsupported for streaming."
    messages = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    events = list(client.converse_stream(modelId=model, messages=messages)["stream"])
    assert events[-2]["messageStop"] == {"stopReason": "end_turn"}
