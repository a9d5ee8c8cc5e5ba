"""Formats of models that take one text: chats, completions and embeddings.

Sources: facts/flink-sql-ai.md 2.2 (params, which format lacks which), 2.3 (bodies);
amazon-bedrock 4 (the vendors' members).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.running.model_formats import (
    STANDARD,
    Answered,
    Question,
    find,
    read_body,
)
from runthrough.emulator.flink.running.model_values import BodyError, from_json, is_text

DEFAULT_MAX_TOKENS = 4096
"""Sent where the model has no `params.max_tokens`, which Anthropic's API demands (a choice)."""

DEFAULT_CHAT_MODEL = "gpt-3.5-turbo"
"""`model_version` of openai and azureopenai where the model has none (facts 2.2)."""

DEFAULT_EMBEDDING_MODEL = "text-embedding-ada-002"
"""The same for an embedding endpoint: no fact names one, and a chat model cannot embed."""

INPUT_TYPE = "search_document"
"""`input_type` of Cohere's embeddings, which the API demands; `params.input_type` replaces it."""

Prompted = Callable[[str, Question], dict[str, Any]]


@dataclass(frozen=True)
class TextFormat:
    """A format of one text in, one text or one vector out.

    Attributes:
        wrap: the body of a prompt, without params.
        answer: where the answer stands in the reply.
        usage: where the tokens sent and received stand.
        params: standard param → its place in the body; those missing are refused.
        system: whether the body has a place for a system prompt.
        vector: the answer is an embedding.
        other: where further answers may stand, tried in their order.
    """

    name: str
    wrap: Prompted
    answer: str
    usage: tuple[str, str] = ("", "")
    params: Mapping[str, str] = field(default_factory=dict)
    system: bool = False
    vector: bool = False
    other: tuple[str, ...] = ()
    content_type: str = "application/json"

    def check(self, model: Model, params: Mapping[str, Any], system: str) -> None:
        """Raise BodyError unless there is one text in and one answer out, and params fit."""
        if len(model.inputs) != 1 or not is_text(model.inputs[0].type):
            raise BodyError(
                f"the format {self.name} needs exactly one INPUT column, of type STRING"
            )
        fits = len(model.outputs) == 1
        if fits and self.vector:
            element = model.outputs[0].type.element
            fits = element is not None and element.root in ("FLOAT", "DOUBLE")
        elif fits:
            fits = is_text(model.outputs[0].type)
        if not fits:
            wanted = "ARRAY<FLOAT>" if self.vector else "STRING"
            raise BodyError(
                f"the format {self.name} needs exactly one OUTPUT column, of type {wanted}"
            )
        for name in params:
            if name in STANDARD and name not in self.params:
                raise BodyError(f"the format {self.name} does not support the param '{name}'")
        if system and not self.system:
            raise BodyError(f"the format {self.name} has no place for a system prompt")

    def write(self, question: Question) -> bytes:
        """Return the body of a request."""
        body = self.wrap(str(question.values[0]), question)
        for name, value in question.params.items():
            _put(body, self.params.get(name, name), value)
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def read(self, body: bytes, model: Model) -> Answered:
        """Return the answer and its usage. Raises BodyError if it is not where it should be."""
        reply = read_body(body)
        for path in (self.answer, *self.other):
            found = find(reply, path)
            if found is not None:
                value = from_json(found, model.outputs[0].type, shown(path))
                sent, received = (find(reply, path) or 0 for path in self.usage)
                return Answered((value,), _count(sent), _count(received))
        raise BodyError(f"it has no {shown(self.answer)}")


def shown(path: str) -> str:
    """Return a path as people write it: `content[0].text`."""
    steps = [f"[{s}]" if s.isdigit() else f".{s}" for s in path.split(".")]
    return "".join(steps).removeprefix(".")


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *inner, last = path.split(".")
    for step in inner:
        body = body.setdefault(step, {})
    body[last] = value


# -- bodies ----------------------------------------------------------------------------------------


def _one(member: str) -> Prompted:
    return lambda prompt, _: {member: prompt}


def _messages(prompt: str, question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {"max_tokens": DEFAULT_MAX_TOKENS}
    if question.bedrock:
        body["anthropic_version"] = "bedrock-2023-05-31"
    elif question.name:
        body["model"] = question.name
    if question.system:
        body["system"] = question.system
    return {**body, "messages": [{"role": "user", "content": prompt}]}


def _completion(prompt: str, _: Question) -> dict[str, Any]:
    human = f"\n\nHuman: {prompt}\n\nAssistant:"
    return {"prompt": human, "max_tokens_to_sample": DEFAULT_MAX_TOKENS}


def _chat(prompt: str, question: Question) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    if question.system:
        messages.insert(0, {"role": "system", "content": question.system})
    return {"messages": messages}


def _openai_chat(prompt: str, question: Question) -> dict[str, Any]:
    body = _chat(prompt, question)
    if question.bedrock and not question.name:
        return body  # the endpoint says which model it is
    return {"model": question.name or DEFAULT_CHAT_MODEL, **body}


def _openai_embed(prompt: str, question: Question) -> dict[str, Any]:
    return {"model": question.name or DEFAULT_EMBEDDING_MODEL, "input": prompt}


def _cohere_chat(prompt: str, question: Question) -> dict[str, Any]:
    body = {"message": prompt}
    return {**body, "preamble": question.system} if question.system else body


def _cohere_embed(prompt: str, _: Question) -> dict[str, Any]:
    return {"texts": [prompt], "input_type": INPUT_TYPE}


def _gemini(prompt: str, question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
    if question.system:
        body["systemInstruction"] = {"parts": [{"text": question.system}]}
    return body


def _vertex_embed(prompt: str, _: Question) -> dict[str, Any]:
    return {"instances": [{"content": prompt}]}


def _names(*pairs: tuple[str, str]) -> dict[str, str]:
    return dict(pairs)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_TITAN = "textGenerationConfig."
_GENERATION = "generationConfig."
_GEMINI = {
    "max_tokens": _GENERATION + "maxOutputTokens",
    "temperature": _GENERATION + "temperature",
    "top_p": _GENERATION + "topP",
    "top_k": _GENERATION + "topK",
    "stop": _GENERATION + "stopSequences",
}

TEXT_FORMATS: tuple[TextFormat, ...] = (
    TextFormat(
        "AMAZON-TITAN-TEXT",
        _one("inputText"),
        "results.0.outputText",
        ("inputTextTokenCount", "results.0.tokenCount"),
        {
            "max_tokens": _TITAN + "maxTokenCount",
            "temperature": _TITAN + "temperature",
            "top_p": _TITAN + "topP",
            "stop": _TITAN + "stopSequences",
        },
    ),
    TextFormat(
        "AMAZON-TITAN-EMBED",
        _one("inputText"),
        "embedding",
        ("inputTextTokenCount", ""),
        vector=True,
    ),
    TextFormat(
        "ANTHROPIC-MESSAGES",
        _messages,
        "content.0.text",
        ("usage.input_tokens", "usage.output_tokens"),
        {**_same("max_tokens", "temperature", "top_p", "top_k"), "stop": "stop_sequences"},
        system=True,
    ),
    TextFormat(
        "ANTHROPIC-COMPLETIONS",
        _completion,
        "completion",
        params={
            **_same("temperature", "top_p", "top_k"),
            "max_tokens": "max_tokens_to_sample",
            "stop": "stop_sequences",
        },
    ),
    TextFormat(
        "BEDROCK-LLAMA",
        _one("prompt"),
        "generation",
        ("prompt_token_count", "generation_token_count"),
        {**_same("temperature", "top_p"), "max_tokens": "max_gen_len"},
    ),
    TextFormat(
        "COHERE-GENERATE",
        _one("prompt"),
        "generations.0.text",
        params=_names(
            ("max_tokens", "max_tokens"),
            ("temperature", "temperature"),
            ("top_p", "p"),
            ("top_k", "k"),
            ("stop", "stop_sequences"),
        ),
    ),
    TextFormat(
        "COHERE-CHAT",
        _cohere_chat,
        "text",
        ("meta.billed_units.input_tokens", "meta.billed_units.output_tokens"),
        _names(
            ("max_tokens", "max_tokens"),
            ("temperature", "temperature"),
            ("top_p", "p"),
            ("top_k", "k"),
            ("stop", "stop_sequences"),
        ),
        system=True,
    ),
    TextFormat(
        "COHERE-EMBED", _cohere_embed, "embeddings.0", vector=True, other=("embeddings.float.0",)
    ),
    TextFormat("MISTRAL-COMPLETIONS", _one("prompt"), "outputs.0.text", params=_same(*STANDARD)),
    TextFormat(
        "MISTRAL-CHAT",
        _chat,
        "choices.0.message.content",
        ("usage.prompt_tokens", "usage.completion_tokens"),
        _same(*STANDARD),
        system=True,
    ),
    TextFormat(
        "AI-21-COMPLETE",
        _one("prompt"),
        "completions.0.data.text",
        params=_names(
            ("max_tokens", "maxTokens"),
            ("temperature", "temperature"),
            ("top_p", "topP"),
            ("stop", "stopSequences"),
        ),
    ),
    TextFormat(
        "OPENAI-CHAT",
        _openai_chat,
        "choices.0.message.content",
        ("usage.prompt_tokens", "usage.completion_tokens"),
        _same(*STANDARD),
        system=True,
    ),
    TextFormat(
        "OPENAI-EMBED",
        _openai_embed,
        "data.0.embedding",
        ("usage.prompt_tokens", ""),
        vector=True,
    ),
    TextFormat(
        "GEMINI-GENERATE",
        _gemini,
        "candidates.0.content.parts.0.text",
        ("usageMetadata.promptTokenCount", "usageMetadata.candidatesTokenCount"),
        _GEMINI,
        system=True,
    ),
    TextFormat("VERTEX-EMBED", _vertex_embed, "predictions.0.embeddings.values", vector=True),
)
"""Every format of one text."""
