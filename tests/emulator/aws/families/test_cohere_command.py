"""InvokeModel of Cohere Command, Command R and R+ (facts amazon-bedrock 4.9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import cohere_chat, cohere_command
from runthrough.emulator.aws.families.family import VendorPrompt
from runthrough.emulator.standins import Answer, Prompt, Telling, ToolUse
from tests.emulator.aws.families.conftest import Vendors

COMMAND, LIGHT = "cohere.command-text-v14", "cohere.command-light-text-v14"
CHAT, PLUS = "cohere.command-r-v1:0", "cohere.command-r-plus-v1:0"
ANY = Model(id="cohere.x", name="x", vendor="x", api="cohere-chat", context=999, max_output=99)
ANSWER = Answer("a b", "max_tokens", 4, 1)


@pytest.mark.parametrize("model", [COMMAND, LIGHT])
def test_command_generates(vendors: Vendors, model: str) -> None:
    answer = vendors.invoke(model, {"prompt": "What is 1+1?"})
    assert answer["prompt"] == "What is 1+1?"
    [generation] = answer["generations"]
    assert (generation["text"], generation["finish_reason"]) == ("1 + 1 = 2.", "COMPLETE")


def test_command_generates_several(vendors: Vendors) -> None:
    answer = vendors.invoke(COMMAND, {"prompt": "What is 1+1?", "num_generations": 5})
    assert [one["index"] for one in answer["generations"]] == [0, 1, 2, 3, 4]
    assert len({one["id"] for one in answer["generations"]}) == 5
    assert vendors.headers["x-amzn-bedrock-output-token-count"] == "15"


def test_why_a_generation_ended(vendors: Vendors) -> None:
    for changed, reason, text in (
        ({"max_tokens": 1}, "MAX_TOKENS", "1 + "),
        ({"stop_sequences": [" ="]}, "COMPLETE", "1 + 1"),
    ):
        one = vendors.invoke(COMMAND, {"prompt": "What is 1+1?"} | changed)["generations"][0]
        assert (one["finish_reason"], one["text"]) == (reason, text)
    long = vendors.invoke(COMMAND, {"prompt": "Tell me about the sea."})["generations"][0]
    assert (len(long["text"]), long["finish_reason"]) == (80, "MAX_TOKENS")


def test_a_long_prompt_is_cut_or_refused(vendors: Vendors) -> None:
    asked = {"prompt": "first " + "word " * 5000 + "last", "truncate": "START"}
    kept = cohere_command.read_prompt(asked, ANY).last
    assert (kept.endswith("last"), kept.startswith("first")) == (True, False)
    kept = cohere_command.read_prompt(asked | {"truncate": "END"}, ANY).last
    assert (kept.endswith("last"), kept.startswith("first")) == (False, True)
    said = vendors.refusal(COMMAND, asked | {"truncate": "NONE"})
    assert said == "Input is too long for requested model."
    assert vendors.invoke(COMMAND, asked)["prompt"] == asked["prompt"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": ""}, "#/prompt: expected minLength: 1, actual: 0"),
        ({"temperature": 5.1}, "#/temperature: 5.1 is not less or equal to 5"),
        ({"p": 1.1}, "#/p: 1.1 is not less or equal to 1"),
        ({"k": 501}, "#/k: 501 is not less or equal to 500"),
        ({"k": -1}, "#/k: -1 is not greater or equal to 0"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"max_tokens": 4097}, "#/max_tokens: 4097 is not less or equal to 4096"),
        ({"stop_sequences": ["a"] * 5},
         "#/stop_sequences: expected maximum item count: 4, found: 5"),
        ({"return_likelihoods": "SOME"}, "#/return_likelihoods: SOME is not a valid enum value"),
        ({"stream": 1}, "#/stream: expected type: Boolean, found: Integer"),
        ({"num_generations": 6}, "#/num_generations: 6 is not less or equal to 5"),
        ({"num_generations": 0}, "#/num_generations: 0 is not greater or equal to 1"),
        ({"logit_bias": {"11": 10.5}}, "#/logit_bias/11: 10.5 is not less or equal to 10"),
        ({"truncate": "MIDDLE"}, "#/truncate: MIDDLE is not a valid enum value"),
        ({"message": "a"}, "#: extraneous key [message] is not permitted"),
    ],
)  # fmt: skip
def test_command_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(COMMAND, {"prompt": "hi"} | changed) == complaint


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("GENERATION", "1 + 1 = 2."), ("ALL", "What is 1+1?1 + 1 = 2."), ("NONE", "")],
)
def test_likelihoods_are_told_where_asked_for(vendors: Vendors, wanted: str, told: str) -> None:
    asked = {"prompt": "What is 1+1?", "return_likelihoods": wanted}
    [generation] = vendors.invoke(COMMAND, asked)["generations"]
    tokens = generation.get("token_likelihoods", [])
    assert "".join(token["token"] for token in tokens) == told
    assert {token["likelihood"] for token in tokens} <= {0}
    assert ("likelihood" in generation) == (wanted != "NONE")


def test_pieces_of_generations() -> None:
    pieces = list(
        cohere_command.chunks(VendorPrompt("", (), 9, answers=2), Telling.whole(ANSWER), ANY)
    )
    for at in (0, 1):
        own = [piece for piece in pieces if piece["index"] == at]
        assert "".join(piece["text"] for piece in own) == "a b"
        assert [piece["is_finished"] for piece in own] == [False, False, True]
        assert own[-1]["finish_reason"] == "MAX_TOKENS"


@pytest.mark.parametrize("model", [CHAT, PLUS])
def test_command_r_answers(vendors: Vendors, model: str) -> None:
    history = [
        {"role": "USER", "message": "My name is Ada."},
        {"role": "CHATBOT", "message": "Hello."},
    ]
    asked = {"message": "What is my name?", "chat_history": history, "p": 0.99, "k": 0}
    answer = vendors.invoke(model, asked)
    assert "Ada" in answer["text"]
    assert (answer["finish_reason"], answer["citations"]) == ("COMPLETE", [])
    assert answer["chat_history"] == [
        *history,
        {"role": "USER", "message": "What is my name?"},
        {"role": "CHATBOT", "message": answer["text"]},
    ]
    assert sorted(answer["meta"]["billed_units"]) == ["input_tokens", "output_tokens"]
    assert "prompt" not in answer


def test_a_preamble_counts_and_a_prompt_can_be_returned(vendors: Vendors) -> None:
    asked = {"message": "Hello!", "preamble": "Answer in French.", "return_prompt": True}
    answer = vendors.invoke(CHAT, asked)
    assert answer["text"].startswith("Bonjour")
    assert answer["prompt"] == "Answer in French.\nHello!"


def test_an_answer_names_the_documents_its_words_stand_in(vendors: Vendors) -> None:
    inn = {"title": "Inn", "snippet": "The inn of Lyon opens at noon."}
    documents = [{"snippet": "Nothing at all of this."}, inn, {"id": "copy", **inn}]
    asked = {"message": "When does the inn of Lyon open?", "documents": documents}
    answer = vendors.invoke(CHAT, asked)
    (cited,) = answer["citations"]
    assert answer["text"][cited["start"] : cited["end"]] == cited["text"] == inn["snippet"]
    assert cited["document_ids"] == ["doc_1", "copy"]
    reply = vendors.client().invoke_model_with_response_stream(modelId=CHAT, body=json.dumps(asked))
    pieces = [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]
    assert [one["citations"] for one in pieces if "citations" in one] == [[cited]]
    assert pieces[-1]["response"]["citations"] == [cited]


def test_documents_and_tools_are_read() -> None:
    parameters = {"city": {"type": "str", "description": "where", "required": True}}
    tool = {"name": "weather", "description": "d", "parameter_definitions": parameters}
    result = {"call": {"name": "weather", "parameters": {"city": "Bern"}}, "outputs": [{"c": 3}]}
    body = {
        "message": "How cold is it?",
        "documents": [{"title": "Snow", "snippet": "It fell."}],
        "tools": [tool],
        "tool_results": [result],
    }
    prompt = cohere_chat.read_prompt(body, ANY)
    assert prompt.system == "title: Snow\nsnippet: It fell."
    assert prompt.tools[0].schema == {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "where"}},
        "required": ["city"],
    }
    assert prompt.messages[1].tool_uses[0].input == {"city": "Bern"}
    assert prompt.messages[2].tool_results[0].text == '[{"c": 3}]'
    answer = Answer("", "tool_use", 4, 5, tool_uses=(ToolUse("1", "weather", {"city": "Bern"}),))
    written = cohere_chat.write_answer(prompt, answer, ANY)
    assert written["tool_calls"] == [{"name": "weather", "parameters": {"city": "Bern"}}]
    events = [
        piece["event_type"] for piece in cohere_chat.chunks(prompt, Telling.whole(answer), ANY)
    ]
    assert events == ["stream-start", "tool-calls-generation", "stream-end"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"message": 1}, "#/message: expected type: String, found: Integer"),
        ({"chat_history": [{"role": "user", "message": "a"}]},
         "#/chat_history/0/role: user is not a valid enum value"),
        ({"chat_history": [{"role": "USER"}]},
         "#/chat_history/0: required key [message] not found"),
        ({"documents": ["a"]}, "#/documents/0: expected type: JSONObject, found: String"),
        ({"search_queries_only": "no"},
         "#/search_queries_only: expected type: Boolean, found: String"),
        ({"preamble": 1}, "#/preamble: expected type: String, found: Integer"),
        ({"max_tokens": 4097}, "#/max_tokens: 4097 is not less or equal to 4096"),
        ({"temperature": 1.1}, "#/temperature: 1.1 is not less or equal to 1"),
        ({"p": 0}, "#/p: 0 is not greater or equal to 0.01"),
        ({"p": 1}, "#/p: 1 is not less or equal to 0.99"),
        ({"k": 501}, "#/k: 501 is not less or equal to 500"),
        ({"prompt_truncation": "AUTO"}, "#/prompt_truncation: AUTO is not a valid enum value"),
        ({"frequency_penalty": 1.5}, "#/frequency_penalty: 1.5 is not less or equal to 1"),
        ({"presence_penalty": -1}, "#/presence_penalty: -1 is not greater or equal to 0"),
        ({"seed": "a"}, "#/seed: expected type: Integer, found: String"),
        ({"return_prompt": 1}, "#/return_prompt: expected type: Boolean, found: Integer"),
        ({"tools": [{"name": "a"}]}, "#/tools/0: required key [description] not found"),
        ({"tool_results": [{"outputs": []}]}, "#/tool_results/0: required key [call] not found"),
        ({"stop_sequences": "a"}, "#/stop_sequences: expected type: JSONArray, found: String"),
        ({"raw_prompting": 1}, "#/raw_prompting: expected type: Boolean, found: Integer"),
        ({"prompt": "a"}, "#: extraneous key [prompt] is not permitted"),
    ],
)  # fmt: skip
def test_command_r_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(CHAT, {"message": "hi"} | changed) == complaint


def test_a_message_is_required_and_queries_are_refused_by_name(vendors: Vendors) -> None:
    assert vendors.complaint(CHAT, {}) == "#: required key [message] not found"
    with pytest.raises(ClientError, match="'search_queries_only' of the Cohere body is not emu"):
        vendors.invoke(CHAT, {"message": "a", "search_queries_only": True})


def test_pieces_of_an_answer_of_command_r() -> None:
    pieces = list(cohere_chat.chunks(Prompt("", (), 9), Telling.whole(ANSWER), ANY))
    assert [piece["event_type"] for piece in pieces] == [
        "stream-start", "text-generation", "text-generation", "stream-end",
    ]  # fmt: skip
    assert "".join(piece.get("text", "") for piece in pieces) == "a b"
    assert [piece["is_finished"] for piece in pieces] == [False, False, False, True]
    assert (pieces[-1]["finish_reason"], pieces[-1]["response"]["text"]) == ("MAX_TOKENS", "a b")
