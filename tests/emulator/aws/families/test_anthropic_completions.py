"""InvokeModel of Claude 2 and Instant, whose lives are over (facts amazon-bedrock 4.2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import anthropic_completions
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.standins import Telling, respond
from tests.emulator.aws.families.conftest import Vendors
from tests.emulator.aws.test_any_body import json_values

MODEL = "anthropic.claude-v2:1"
CLAUDE = Model(
    id="anthropic.x", name="x", vendor="Anthropic", api="anthropic-completions", context=60
)
BODY = {"prompt": "\n\nHuman: What is 1+1?\n\nAssistant:", "max_tokens_to_sample": 50}


@pytest.mark.parametrize("model", [MODEL, "anthropic.claude-v2", "anthropic.claude-instant-v1"])
def test_an_answer(vendors: Vendors, model: str) -> None:
    assert vendors.invoke(model, BODY) == {
        "completion": "1 + 1 = 2.",
        "stop_reason": "stop_sequence",
        "stop": "\n\nHuman:",
    }
    assert int(vendors.headers["x-amzn-bedrock-input-token-count"]) > 0


def test_the_two_other_ends(vendors: Vendors) -> None:
    cut = vendors.invoke(MODEL, {**BODY, "max_tokens_to_sample": 1})
    assert cut == {"completion": "1 + ", "stop_reason": "max_tokens", "stop": None}
    stopped = vendors.invoke(MODEL, {**BODY, "stop_sequences": [" ="]})
    assert stopped == {"completion": "1 + 1", "stop_reason": "stop_sequence", "stop": " ="}


def test_the_conversation_is_read() -> None:
    text = (
        "Answer in French.\n\nHuman: My name is Ada.\n\nAssistant: Bonjour.\n\nHuman: What is my"
        " name?\n\nAssistant: You are"
    )
    prompt = anthropic_completions.read_prompt({**BODY, "prompt": text}, CLAUDE)
    assert prompt.system == "Answer in French."
    assert [(turn.role, turn.text) for turn in prompt.messages] == [
        ("user", "My name is Ada."),
        ("assistant", "Bonjour."),
        ("user", "What is my name?"),
        ("assistant", "You are"),
    ]


def test_pieces_joined_are_the_answer(vendors: Vendors) -> None:
    stream = vendors.client().invoke_model_with_response_stream(
        modelId=MODEL, body=json.dumps(BODY)
    )
    pieces = [json.loads(event["chunk"]["bytes"]) for event in stream["body"]]
    assert "".join(piece["completion"] for piece in pieces) == "1 + 1 = 2."
    assert {(piece["stop_reason"], piece["stop"]) for piece in pieces[:-1]} == {(None, None)}
    assert (pieces[-1]["stop_reason"], pieces[-1]["stop"]) == ("stop_sequence", "\n\nHuman:")
    assert pieces[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 3


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": 5}, "#/prompt: expected type: String, found: Integer"),
        (
            {"max_tokens_to_sample": 4097},
            "#/max_tokens_to_sample: 4097 is not less or equal to 4096",
        ),
        ({"max_tokens_to_sample": -1}, "#/max_tokens_to_sample: -1 is not greater or equal to 0"),
        ({"temperature": 1.5}, "#/temperature: 1.5 is not less or equal to 1"),
        ({"top_p": -1}, "#/top_p: -1 is not greater or equal to 0"),
        ({"top_k": 501}, "#/top_k: 501 is not less or equal to 500"),
        ({"top_k": 1.5}, "#/top_k: expected type: Integer, found: Double"),
        ({"stop_sequences": "x"}, "#/stop_sequences: expected type: JSONArray, found: String"),
        ({"messages": []}, "#: extraneous key [messages] is not permitted"),
    ],
)
def test_what_does_not_fit(vendors: Vendors, changed: dict[str, Any], complaint: str) -> None:
    assert vendors.complaint(MODEL, {**BODY, **changed}) == complaint


@pytest.mark.parametrize("missing", ["prompt", "max_tokens_to_sample"])
def test_what_is_missing(vendors: Vendors, missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name != missing}
    assert vendors.complaint(MODEL, body) == f"#: required key [{missing}] not found"


START = 'prompt must start with "\\n\\nHuman:" turn'
END = 'prompt must end with "\\n\\nAssistant:" turn'


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ("Hello", f"{START}, {END}"),
        ("\n\nHuman: Hello", END),
        ("\n\nAssistant: Hello\n\nAssistant:", START),
    ],
)
def test_a_prompt_without_turns(vendors: Vendors, prompt: str, complaint: str) -> None:
    assert vendors.refusal(MODEL, {**BODY, "prompt": prompt}) == f"Invalid prompt: {complaint}"


def test_a_prompt_above_the_context(vendors: Vendors) -> None:
    long = f"\n\nHuman: {'word ' * 200_000}\n\nAssistant:"
    assert vendors.refusal(MODEL, {**BODY, "prompt": long}) == (
        "Input is too long for requested model."
    )


def test_converse_reaches_them_too(vendors: Vendors) -> None:
    messages = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    answer = vendors.client().converse(modelId=MODEL, messages=messages)
    assert answer["output"]["message"]["content"] == [{"text": "1 + 1 = 2."}]


def test_today_they_are_gone(aws: Any) -> None:
    aws.ahead = timedelta()
    with pytest.raises(ClientError, match="has reached the end of its life"):
        aws.client("bedrock-runtime").invoke_model(modelId=MODEL, body=json.dumps(BODY))


marks = st.lists(
    st.sampled_from(["\n\nHuman:", "\n\nAssistant:", " hi", "\n", "system"]), max_size=8
)


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "prompt": marks.map("".join) | json_values,
            "max_tokens_to_sample": st.integers(0, 9) | json_values,
            "stop_sequences": st.lists(st.text(max_size=2), max_size=2) | json_values,
            "top_k": json_values,
        },
    )
)
def test_any_body_is_answered_or_refused(body: Any) -> None:
    try:
        prompt = anthropic_completions.read_prompt(body, CLAUDE)
    except Refused:
        return
    answer = respond(prompt)
    written = anthropic_completions.write_answer(prompt, answer, CLAUDE)
    pieces = list(anthropic_completions.chunks(prompt, Telling.whole(answer), CLAUDE))
    assert "".join(piece["completion"] for piece in pieces) == written["completion"]
