"""Bodies of model calls in every format, both ways (facts/flink-sql-ai.md 2.2, 2.3)."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.catalog import Column, Model
from runthrough.emulator.flink.running.format_table import (
    ALIASES,
    FORMATS,
    format_of,
    named_format,
)
from runthrough.emulator.flink.running.model_formats import (
    Answered,
    Question,
    default_format,
    read_params,
)
from runthrough.emulator.flink.running.model_values import BodyError
from runthrough.emulator.flink.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    STRING,
    FlinkType,
    array,
    decimal,
)

VECTOR = array(FlinkType("FLOAT"))


def model(inputs: dict[str, FlinkType], outputs: dict[str, FlinkType]) -> Model:
    def listed(columns: dict[str, FlinkType]) -> tuple[Column, ...]:
        return tuple(Column(name, t) for name, t in columns.items())

    return Model(("e", "d", "m"), listed(inputs), listed(outputs), {})


TEXT = model({"prompt": STRING}, {"answer": STRING})
EMBED = model({"text": STRING}, {"vector": VECTOR})
PARAMS = {"temperature": 0.5, "top_p": 0.9, "top_k": 40, "stop": ["END", "."], "max_tokens": 99}


def written(name: str, question: Question) -> Any:
    return json.loads(named_format(name).write(question))


REQUESTS: list[tuple[str, set[str], dict[str, Any]]] = [
    ("AMAZON-TITAN-TEXT", {"top_k"},
     {"inputText": "hi", "textGenerationConfig": {
         "maxTokenCount": 99, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END", "."]}}),
    ("AMAZON-TITAN-EMBED", set(PARAMS), {"inputText": "hi"}),
    ("ANTHROPIC-MESSAGES", set(),
     {"max_tokens": 99, "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5,
      "top_p": 0.9, "top_k": 40, "stop_sequences": ["END", "."]}),
    ("ANTHROPIC-COMPLETIONS", set(),
     {"prompt": "\n\nHuman: hi\n\nAssistant:", "max_tokens_to_sample": 99, "temperature": 0.5,
      "top_p": 0.9, "top_k": 40, "stop_sequences": ["END", "."]}),
    ("BEDROCK-LLAMA", {"top_k", "stop"},
     {"prompt": "hi", "max_gen_len": 99, "temperature": 0.5, "top_p": 0.9}),
    ("COHERE-GENERATE", set(),
     {"prompt": "hi", "max_tokens": 99, "temperature": 0.5, "p": 0.9, "k": 40,
      "stop_sequences": ["END", "."]}),
    ("COHERE-CHAT", set(),
     {"message": "hi", "max_tokens": 99, "temperature": 0.5, "p": 0.9, "k": 40,
      "stop_sequences": ["END", "."]}),
    ("COHERE-EMBED", set(PARAMS), {"texts": ["hi"], "input_type": "search_document"}),
    ("MISTRAL-COMPLETIONS", set(),
     {"prompt": "hi", "max_tokens": 99, "temperature": 0.5, "top_p": 0.9, "top_k": 40,
      "stop": ["END", "."]}),
    ("MISTRAL-CHAT", set(),
     {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 99, "temperature": 0.5,
      "top_p": 0.9, "top_k": 40, "stop": ["END", "."]}),
    ("AI-21-COMPLETE", {"top_k"},
     {"prompt": "hi", "maxTokens": 99, "temperature": 0.5, "topP": 0.9,
      "stopSequences": ["END", "."]}),
    ("OPENAI-CHAT", set(),
     {"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": "hi"}],
      "max_tokens": 99, "temperature": 0.5, "top_p": 0.9, "top_k": 40, "stop": ["END", "."]}),
    ("OPENAI-EMBED", set(PARAMS), {"model": "text-embedding-ada-002", "input": "hi"}),
    ("GEMINI-GENERATE", set(),
     {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "generationConfig": {
         "maxOutputTokens": 99, "temperature": 0.5, "topP": 0.9, "topK": 40,
         "stopSequences": ["END", "."]}}),
    ("VERTEX-EMBED", set(PARAMS), {"instances": [{"content": "hi"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "without", "body"), REQUESTS)
def test_a_prompt_with_every_param_the_format_has(
    name: str, without: set[str], body: dict[str, Any]
) -> None:
    signature = EMBED if name.endswith("EMBED") else TEXT
    params = {key: value for key, value in PARAMS.items() if key not in without}
    named_format(name).check(signature, params, "")
    assert written(name, Question(signature, ("hi",), params)) == body


@pytest.mark.parametrize(
    ("name", "param"), [(name, param) for name, without, _ in REQUESTS for param in sorted(without)]
)
def test_a_param_the_format_lacks_is_refused(name: str, param: str) -> None:
    signature = EMBED if name.endswith("EMBED") else TEXT
    with pytest.raises(BodyError, match=f"{name} does not support the param '{param}'"):
        named_format(name).check(signature, {param: PARAMS[param]}, "")


SYSTEM: dict[str, dict[str, Any]] = {
    "ANTHROPIC-MESSAGES": {"system": "Be brief."},
    "COHERE-CHAT": {"preamble": "Be brief."},
    "GEMINI-CHAT": {"systemInstruction": {"parts": [{"text": "Be brief."}]}},
    "OPENAI-CHAT": {"messages": [{"role": "system", "content": "Be brief."},
                                 {"role": "user", "content": "hi"}]},
    "MISTRAL-CHAT": {"messages": [{"role": "system", "content": "Be brief."},
                                  {"role": "user", "content": "hi"}]},
}  # fmt: skip


def test_a_system_prompt_has_its_place_or_is_refused() -> None:
    for name in FORMATS:
        place = SYSTEM.get(name) or SYSTEM.get(name.replace("GENERATE", "CHAT"))
        signature = EMBED if name.endswith("EMBED") else TEXT
        if place and name != "COHERE-GENERATE":
            named_format(name).check(signature, {}, "Be brief.")
            body = written(name, Question(signature, ("hi",), {}, "Be brief."))
            assert place.items() <= body.items()
        else:
            with pytest.raises(BodyError, match="no place for a system prompt"):
                named_format(name).check(signature, {}, "Be brief.")


def test_messages_on_bedrock_and_at_anthropic_differ() -> None:
    there = Question(TEXT, ("hi",), {}, bedrock=True)
    assert written("ANTHROPIC-MESSAGES", there)["anthropic_version"] == "bedrock-2023-05-31"
    vendor = written("ANTHROPIC-MESSAGES", replace(there, bedrock=False, name="claude-x"))
    assert vendor["model"] == "claude-x"
    assert "anthropic_version" not in vendor


def test_other_params_pass_through_and_the_models_name_is_said() -> None:
    question = Question(TEXT, ("hi",), {"max_completion_tokens": 7, "seed": 1}, name="gpt-4o")
    body = written("OPENAI-CHAT", question)
    assert (body["model"], body["max_completion_tokens"], body["seed"]) == ("gpt-4o", 7, 1)
    embed = Question(EMBED, ("hi",), {"dimensions": 256}, name="text-embedding-3-small")
    assert written("OPENAI-EMBED", embed) == {
        "model": "text-embedding-3-small", "input": "hi", "dimensions": 256,
    }  # fmt: skip


ANSWERS: list[tuple[str, Any, Answered]] = [
    ("AMAZON-TITAN-TEXT",
     {"inputTextTokenCount": 3, "results": [{"tokenCount": 2, "outputText": "yes"}]},
     Answered(("yes",), 3, 2)),
    ("AMAZON-TITAN-EMBED", {"embedding": [0.5, 1], "inputTextTokenCount": 4},
     Answered(([0.5, 1.0],), 4)),
    ("ANTHROPIC-MESSAGES",
     {"content": [{"type": "text", "text": "yes"}],
      "usage": {"input_tokens": 3, "output_tokens": 2}}, Answered(("yes",), 3, 2)),
    ("ANTHROPIC-COMPLETIONS", {"completion": " yes", "stop": None}, Answered((" yes",))),
    ("BEDROCK-LLAMA",
     {"generation": "yes", "prompt_token_count": 3, "generation_token_count": 2},
     Answered(("yes",), 3, 2)),
    ("COHERE-GENERATE", {"generations": [{"text": "yes"}]}, Answered(("yes",))),
    ("COHERE-CHAT", {"text": "yes", "meta": {"billed_units": {"input_tokens": 1}}},
     Answered(("yes",), 1, 0)),
    ("COHERE-EMBED", {"embeddings": [[1, 2]]}, Answered(([1.0, 2.0],))),
    ("COHERE-EMBED", {"embeddings": {"float": [[1, 2]]}}, Answered(([1.0, 2.0],))),
    ("MISTRAL-COMPLETIONS", {"outputs": [{"text": "yes"}]}, Answered(("yes",))),
    ("MISTRAL-CHAT", {"choices": [{"message": {"content": "yes"}}]}, Answered(("yes",))),
    ("AI-21-COMPLETE", {"completions": [{"data": {"text": "yes"}}]}, Answered(("yes",))),
    ("OPENAI-CHAT",
     {"choices": [{"message": {"role": "assistant", "content": "yes"}}],
      "usage": {"prompt_tokens": 3, "completion_tokens": 2}}, Answered(("yes",), 3, 2)),
    ("AZURE-EMBED", {"data": [{"embedding": [0.25]}], "usage": {"prompt_tokens": 9}},
     Answered(([0.25],), 9)),
    ("GEMINI-GENERATE",
     {"candidates": [{"content": {"parts": [{"text": "yes"}]}}],
      "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2}},
     Answered(("yes",), 3, 2)),
    ("VERTEX-EMBED", {"predictions": [{"embeddings": {"values": [0.5]}}]}, Answered(([0.5],))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "answer"), ANSWERS)
def test_where_the_answer_stands(name: str, body: Any, answer: Answered) -> None:
    signature = EMBED if name.endswith("EMBED") else TEXT
    assert named_format(name).read(json.dumps(body).encode(), signature) == answer


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b"[]", b"7", b'{"predictions": []}'])
def test_an_answer_of_another_shape_is_said_to_be_one(name: str, body: bytes) -> None:
    signature = model({"a": DOUBLE}, {"x": DOUBLE, "y": DOUBLE})
    with pytest.raises(BodyError):
        named_format(name).read(body, signature)


@pytest.mark.parametrize("name", [name for name, _, _ in REQUESTS])
def test_text_formats_take_one_text_and_give_one_answer(name: str) -> None:
    one, two = {"a": STRING}, {"a": STRING, "b": STRING}
    out = {"x": VECTOR} if name.endswith("EMBED") else {"x": STRING}
    named_format(name).check(model(one, out), {}, "")
    for inputs, outputs in ((two, out), ({"a": INT}, out), (one, two), (one, {"x": BOOLEAN})):
        with pytest.raises(BodyError, match="needs exactly one"):
            named_format(name).check(model(inputs, outputs), {}, "")


# -- several columns -------------------------------------------------------------------------------

HOUSE = model({"rooms": INT, "size": DOUBLE, "town": STRING}, {"price": DOUBLE, "sold": BOOLEAN})
ROW = (3, 71.5, "Ulm, West")
OBJECT = {"rooms": 3, "size": 71.5, "town": "Ulm, West"}
FRAME = {"columns": ["rooms", "size", "town"], "index": [0], "data": [[3, 71.5, "Ulm, West"]]}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("JSON", OBJECT | {"seed": 1}),
        ("JSON:payload", {"payload": OBJECT, "seed": 1}),
        ("json:payload", {"payload": OBJECT, "seed": 1}),
        ("JSON-ARRAY", [3, 71.5, "Ulm, West"]),
        ("AZUREML-TENSOR", {"input_data": OBJECT, "seed": 1}),
        ("MLFLOW-TENSOR", {"inputs": OBJECT, "seed": 1}),
        ("KSERVE-V1", {"instances": [OBJECT], "seed": 1}),
        ("VERTEXAI-PYTORCH", {"instances": [{"data": OBJECT}], "seed": 1}),
        ("PANDAS-DATAFRAME", {"dataframe_split": FRAME, "seed": 1}),
        ("AZUREML-PANDAS-DATAFRAME", {"input_data": FRAME, "seed": 1}),
        ("KSERVE-V2", {
            "inputs": [
                {"name": "rooms", "shape": [1], "datatype": "INT32", "data": [3]},
                {"name": "size", "shape": [1], "datatype": "FP64", "data": [71.5]},
                {"name": "town", "shape": [1], "datatype": "BYTES", "data": ["Ulm, West"]},
            ],
            "outputs": [{"name": "price"}, {"name": "sold"}], "parameters": {"seed": 1}}),
    ],
)  # fmt: skip
def test_a_row_in_json(name: str, body: Any) -> None:
    named_format(name).check(HOUSE, {"seed": 1}, "")
    assert written(name, Question(HOUSE, ROW, {"seed": 1})) == body


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("JSON", {"price": 9.5, "sold": True, "more": 1}),
        ("JSON:w", {"w": {"price": 9.5, "sold": True}}),
        ("AZUREML-TENSOR", {"outputs": {"price": 9.5, "sold": True}}),
        ("TF-SERVING-COLUMN", {"outputs": {"price": 9.5, "sold": True}}),
        ("JSON-ARRAY", [9.5, True]),
        ("AZUREML-PANDAS-DATAFRAME", [[9.5, True]]),
        ("AZUREML-PANDAS-DATAFRAME", [{"price": 9.5, "sold": True}]),
        ("TF-SERVING", {"predictions": [{"price": 9.5, "sold": True}]}),
        ("PANDAS-DATAFRAME", {"predictions": [[9.5, True]]}),
        ("VERTEXAI-PYTORCH", {"predictions": [[9.5, True]]}),
        ("TRITON", {"outputs": [{"name": "sold", "data": [True]},
                                {"name": "price", "data": [9.5]}]}),
    ],
)  # fmt: skip
def test_an_answer_in_json(name: str, body: Any) -> None:
    answer = named_format(name).read(json.dumps(body).encode(), HOUSE)
    assert answer == Answered((9.5, True))


def test_a_single_prediction_may_stand_bare() -> None:
    one = model({"a": DOUBLE}, {"p": DOUBLE})
    for name, body in (
        ("TF-SERVING", {"predictions": [7]}),
        ("TF-SERVING", {"predictions": [[7]]}),
        ("AZUREML-PANDAS-DATAFRAME", [7]),
    ):
        assert named_format(name).read(json.dumps(body).encode(), one).values == (7.0,)
    vector = model({"a": DOUBLE}, {"p": VECTOR})
    assert named_format("KSERVE-V1").read(b'{"predictions": [[1, 2]]}', vector).values == (
        [1.0, 2.0],
    )


def test_csv_and_text() -> None:
    question = Question(HOUSE, ROW, {})
    assert named_format("CSV").write(question) == b'3,71.5,"Ulm, West"'
    assert named_format("CSV").read(b"9.5, true\n", HOUSE).values == (9.5, True)
    assert named_format("TEXT").write(question) == b"3\n71.5\nUlm, West"
    assert named_format("TEXT").read(b"9.5\ntrue\n", HOUSE).values == (9.5, True)
    assert named_format("TEXT").read(b"a\nb", TEXT).values == ("a\nb",)
    assert named_format("CSV").read(b"1,2,3", EMBED).values == ([1.0, 2.0, 3.0],)
    assert [named_format(n).content_type for n in ("CSV", "TEXT", "BINARY", "JSON")] == [
        "text/csv", "text/plain", "application/octet-stream", "application/json",
    ]  # fmt: skip


NUMBERS = model(
    {"a": INT, "b": BIGINT, "c": DOUBLE, "d": BOOLEAN, "e": VECTOR},
    {"a": INT, "b": BIGINT, "c": DOUBLE, "d": BOOLEAN, "e": VECTOR},
)


@given(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.lists(st.floats(width=32, allow_nan=False)),
)
def test_packed_numbers_come_back(a: int, b: int, c: float, d: bool, e: list[float]) -> None:
    named_format("BINARY").check(NUMBERS, {}, "")
    body = named_format("BINARY").write(Question(NUMBERS, (a, b, c, d, e), {}))
    assert body.startswith(struct.pack("<iqd", a, b, c))
    assert named_format("BINARY").read(body, NUMBERS).values == (a, b, c, d, e)


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_texts_come_back_from_csv_and_json(texts: list[str]) -> None:
    two = model({"a": STRING, "b": STRING}, {"a": STRING, "b": STRING})
    for name in ("JSON", "JSON-ARRAY"):
        form = named_format(name)
        encodable = [t.encode("utf-8", "replace").decode() for t in texts]
        body = form.write(Question(two, tuple(texts), {}))
        assert form.read(body, two).values == tuple(encodable)


def test_what_binary_cannot_pack() -> None:
    with pytest.raises(BodyError, match=r"BINARY cannot pack DECIMAL\(5, 2\)"):
        named_format("BINARY").check(model({"a": decimal(5, 2)}, {"x": INT}), {}, "")


def test_values_of_other_types_in_json() -> None:
    signature = model(
        {"d": decimal(9, 2), "l": array(INT)},
        {"d": decimal(9, 2), "l": array(INT), "r": FlinkType("ROW", fields=(("n", INT),))},
    )
    body = named_format("JSON").write(Question(signature, (Decimal("1.50"), [1, 2]), {}))
    assert json.loads(body) == {"d": 1.5, "l": [1, 2]}
    answer = named_format("JSON").read(b'{"d": 1.25, "l": [1, null], "r": {"n": 4}}', signature)
    assert answer.values == (Decimal("1.25"), [1, None], {"n": 4})
    for wrong in (b'{"d": [], "l": [], "r": {}}', b'{"d": 1, "l": ["a"], "r": {}}'):
        with pytest.raises(BodyError, match=r"^(d|l\[0\]) is no"):
            named_format("JSON").read(wrong, signature)


# -- which format ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "endpoint", "name"),
    [
        ("openai", "https://api.openai.com/v1/chat/completions", "OPENAI-CHAT"),
        ("openai", "https://api.openai.com/v1/embeddings", "OPENAI-EMBED"),
        ("azureopenai", "https://x/openai/deployments/d/embeddings?api-version=1", "OPENAI-EMBED"),
        ("azureml", "https://x/score", "AZUREML-PANDAS-DATAFRAME"),
        ("bedrock", "https://x/model/amazon.titan-embed-text-v2%3A0/invoke", "AMAZON-TITAN-EMBED"),
        ("googleai", "https://x/v1beta/models/g:generateContent", "GEMINI-GENERATE"),
        ("vertexai", "https://x/v1/projects/p/endpoints/1:predict", "TF-SERVING"),
        ("vertexai", "https://x/publishers/google/models/gemini-2:generateContent",
         "GEMINI-GENERATE"),
        ("sagemaker", "https://x/endpoints/n/invocations", "CSV"),
        ("anthropic", "https://api.anthropic.com/v1/messages", "ANTHROPIC-MESSAGES"),
        ("fireworksai", "https://x/inference/v1/chat/completions", "OPENAI-CHAT"),
    ],
)  # fmt: skip
def test_the_format_follows_from_provider_and_endpoint(
    provider: str, endpoint: str, name: str
) -> None:
    assert default_format(provider, endpoint) == name
    assert format_of({}, provider, endpoint).name == name


def test_the_answer_may_be_of_another_format() -> None:
    options = {"sagemaker.input_format": "csv", "sagemaker.output_format": "JSON-ARRAY"}
    both = format_of(options, "sagemaker", "https://x")
    assert both.write(Question(HOUSE, ROW, {})) == b'3,71.5,"Ulm, West"'
    assert both.read(b"[1, false]", HOUSE).values == (1.0, False)
    assert both.content_type == "text/csv"


def test_every_second_name_means_a_format() -> None:
    assert {named_format(alias).name for alias in ALIASES} == set(ALIASES.values())
    with pytest.raises(BodyError, match="there is no format MORSE"):
        named_format("MORSE")


def test_params_are_read_by_their_kind() -> None:
    options = {
        "openai.params.temperature": "0.5", "openai.params.top_k": "4",
        "openai.params.stop": "a, b", "openai.params.max_tokens": "20000",
        "openai.params.seed": "7", "openai.params.effort": "high", "bedrock.params.top_p": "1",
    }  # fmt: skip
    assert read_params(options, "openai") == {
        "temperature": 0.5, "top_k": 4, "stop": ["a", "b"], "max_tokens": 20000, "seed": 7,
        "effort": "high",
    }  # fmt: skip
    for bad in ("many", "nan", "inf"):
        with pytest.raises(BodyError, match=r"'x\.params\.top_p' must be a number"):
            read_params({"x.params.top_p": bad}, "x")
    with pytest.raises(BodyError, match="32 params, not 33"):
        read_params({f"x.params.p{n}": "1" for n in range(33)}, "x")
