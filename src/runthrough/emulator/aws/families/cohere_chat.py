"""InvokeModel for Cohere Command R and R+: a chat with documents and tools.

Source: facts amazon-bedrock 4.9; the members of tools and the events of a stream are those of
Cohere's public API, as are those of citations, which name the document that an answer's words stand
in. Documents stand in the instructions, where a stand-in reads them. Search queries are not
emulated. The end of a stream repeats neither the history nor the prompt (a choice).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import (
    TextFamily,
    VendorPrompt,
    check_context,
    options_of,
)
from runthrough.emulator.aws.families.schema import (
    ANY,
    OBJECT,
    Flag,
    Items,
    Kind,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.families.transcripts import merge
from runthrough.emulator.aws.replies import not_emulated
from runthrough.emulator.standins import (
    Answer,
    Prompt,
    Source,
    Telling,
    Tool,
    ToolResult,
    ToolUse,
    Turn,
    cite,
)

_PARAMETER = Members(
    {"description": Text(), "type": Text(1), "required": Flag()}, ("type",), rest=ANY
)
_CALL = Members({"name": Text(1), "parameters": OBJECT}, ("name", "parameters"), rest=ANY)
_RESULT = Members({"call": _CALL, "outputs": Items(OBJECT)}, ("call", "outputs"))
_TOOL = Members(
    {
        "name": Text(1),
        "description": Text(),
        "parameter_definitions": Members(rest=_PARAMETER),
    },
    ("name", "description"),
)
_SAID = Members(
    {
        "role": Text(choices=("USER", "CHATBOT", "SYSTEM")),
        "message": Text(),
        "tool_calls": Items(_CALL),
    },
    ("role", "message"),
)
_LONG = ("chat_history", "prompt")
"""What the last event of a stream does not repeat: a part of a stream has at most a megabyte."""
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_TYPES |= {"list": "array", "dict": "object"}


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    known: dict[str, Kind] = {
        "message": Text(),
        "chat_history": Items(_SAID, default=[]),
        "documents": Items(OBJECT, default=[]),
        "search_queries_only": Flag(default=False),
        "preamble": Text(default=""),
        "max_tokens": Whole(1, model.max_output, default=model.max_output),
        "temperature": Number(0, 1, default=0.3),
        "p": Number(0.01, 0.99, default=0.75),
        "k": Number(0, 500, default=0),
        "prompt_truncation": Text(choices=("OFF", "AUTO_PRESERVE_ORDER"), default="OFF"),
        "frequency_penalty": Number(0, 1, default=0),
        "presence_penalty": Number(0, 1, default=0),
        "seed": Whole(),
        "return_prompt": Flag(default=False),
        "tools": Items(_TOOL, default=[]),
        "tool_results": Items(_RESULT, default=[]),
        "stop_sequences": Items(Text(), default=[]),
        "raw_prompting": Flag(default=False),
    }
    return Members(known, ("message",))


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body.

    Raises:
        Refused: it does not fit, or asks for search queries, which are not emulated.
    """
    asked = read(schema(model), body)
    if asked["search_queries_only"]:
        raise not_emulated("The member 'search_queries_only' of the Cohere body")
    system = [asked["preamble"], *map(_write_document, asked["documents"])]
    system += [one["message"] for one in asked["chat_history"] if one["role"] == "SYSTEM"]
    prompt = VendorPrompt(
        "\n".join(text for text in system if text),
        _read_turns(asked),
        asked["max_tokens"],
        tuple(asked["stop_sequences"]),
        asked["temperature"],
        tuple(_read_tool(tool) for tool in asked["tools"]),
        options=asked,
        sources=tuple(map(_read_source, asked["documents"])),
    )
    if asked["prompt_truncation"] == "OFF":
        check_context(prompt, model)
    return prompt


def _read_source(document: Mapping[str, Any]) -> Source:
    title = str(document.get("title", ""))
    return Source("document", title, tuple(map(str, document.values())), is_cited=True)


def _write_document(document: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in document.items())


def _read_turns(asked: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Return the turns: those of the history, the message, and what its tools gave back."""
    turns = []
    for one in asked["chat_history"]:
        if one["role"] == "USER":
            turns.append(Turn("user", one["message"]))
        elif one["role"] == "CHATBOT":
            turns.append(Turn("assistant", one["message"]))
    turns.append(Turn("user", asked["message"]))
    if asked["tool_results"]:
        uses = [
            ToolUse(f"call_{at}", result["call"]["name"], result["call"]["parameters"])
            for at, result in enumerate(asked["tool_results"])
        ]
        results = [
            ToolResult(f"call_{at}", json.dumps(result["outputs"], ensure_ascii=False))
            for at, result in enumerate(asked["tool_results"])
        ]
        turns.append(Turn("assistant", "", tool_uses=tuple(uses)))
        turns.append(Turn("user", "", tool_results=tuple(results)))
    return tuple(merge(turns))


def _read_tool(tool: Mapping[str, Any]) -> Tool:
    """Return a tool; Cohere names the types of parameters as Python does."""
    parameters = tool.get("parameter_definitions", {})
    properties = {
        name: {
            "type": _TYPES.get(one["type"].lower(), one["type"]),
            "description": one.get("description", ""),
        }
        for name, one in parameters.items()
    }
    required = [name for name, one in parameters.items() if one.get("required")]
    schema = {"type": "object", "properties": properties, "required": required}
    return Tool(tool["name"], tool["description"], schema)


def write_answer(prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    said = options_of(prompt)
    history = [
        *said.get("chat_history", ()),
        {"role": "USER", "message": said.get("message", prompt.last)},
        {"role": "CHATBOT", "message": answer.text},
    ]
    units = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
    body: dict[str, Any] = {
        "response_id": str(uuid4()),
        "text": answer.text,
        "generation_id": str(uuid4()),
        "citations": list(_write_citations(prompt, answer)),
        "finish_reason": _reason(answer),
        "chat_history": history,
        "meta": {"api_version": {"version": "1"}, "billed_units": units},
    }
    if answer.tool_uses:
        body["tool_calls"] = _write_calls(answer)
    if said.get("return_prompt"):
        body["prompt"] = "\n".join(
            filter(None, [prompt.system, *(t.text for t in prompt.messages)])
        )
    return body


def _write_citations(prompt: Prompt, answer: Answer) -> Iterator[dict[str, Any]]:
    """Return what of the answer stands in which documents; those without an id are numbered."""
    documents = options_of(prompt).get("documents", ())
    begin = 0
    for passage in cite(answer.text, prompt.sources) if prompt.is_cited else ():
        if passage.citations:
            words = passage.text.rstrip()
            numbers = dict.fromkeys(one.index for one in passage.citations)
            ids = [str(documents[at].get("id", f"doc_{at}")) for at in numbers]
            place = {"start": begin, "end": begin + len(words)}
            yield {**place, "text": words, "document_ids": ids}
        begin += len(passage.text)


def _write_calls(answer: Answer) -> list[dict[str, Any]]:
    return [{"name": use.name, "parameters": use.input} for use in answer.tool_uses]


def _reason(answer: Answer) -> str:
    return "MAX_TOKENS" if answer.stop_reason == "max_tokens" else "COMPLETE"


def chunks(prompt: Prompt, told: Telling, model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer: events, the last one with the whole answer."""
    started = {"event_type": "stream-start", "generation_id": str(uuid4())}
    yield {"is_finished": False, **started}
    for piece in told.words():
        yield {"is_finished": False, "event_type": "text-generation", "text": piece}
    answer = told.answer
    for one in _write_citations(prompt, answer):
        yield {"is_finished": False, "event_type": "citation-generation", "citations": [one]}
    if answer.tool_uses:
        calls = {"event_type": "tool-calls-generation", "tool_calls": _write_calls(answer)}
        yield {"is_finished": False, **calls}
    whole = write_answer(prompt, answer, model) | {"generation_id": started["generation_id"]}
    yield {
        "is_finished": True,
        "event_type": "stream-end",
        "finish_reason": _reason(answer),
        "response": {name: value for name, value in whole.items() if name not in _LONG},
    }


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    owned = ("message", "chat_history", "preamble", "tools", "tool_results")
    asked = read(extras(schema(model), *owned), fields)
    if asked["search_queries_only"] or asked["documents"]:
        raise not_emulated("Documents and search queries in additionalModelRequestFields")


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
