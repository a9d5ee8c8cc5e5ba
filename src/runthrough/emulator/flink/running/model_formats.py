"""What a body format is: from a row to the body of a request, from the answer's body to a row.

Source: facts/flink-sql-ai.md 2.1-2.3. The formats themselves are in `text_formats.py` (models of
one text) and `row_formats.py` (models of several columns); here is which one a model uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.running.model_values import BodyError

MAX_PARAMS = 32
"""The most `params` a model may have (facts 2.1)."""

STANDARD = ("temperature", "top_p", "top_k", "stop", "max_tokens")
"""The params with one name over all formats; others pass through as they are."""

_GEOGRAPHY = re.compile(r"^(us|us-gov|eu|apac|jp|au|ca|global)\.")
_BEDROCK = (
    (r"anthropic\.claude-(v2|instant)", "ANTHROPIC-COMPLETIONS"),
    (r"anthropic\.", "ANTHROPIC-MESSAGES"),
    (r"amazon\.titan-embed", "AMAZON-TITAN-EMBED"),
    (r"amazon\.titan-text", "AMAZON-TITAN-TEXT"),
    (r"meta\.llama", "BEDROCK-LLAMA"),
    (r"mistral\.", "MISTRAL-COMPLETIONS"),
    (r"cohere\.embed", "COHERE-EMBED"),
    (r"cohere\.command", "COHERE-GENERATE"),
    (r"ai21\.j2", "AI-21-COMPLETE"),
)
_DEFAULTS = {
    "anthropic": "ANTHROPIC-MESSAGES",
    "azureml": "AZUREML-PANDAS-DATAFRAME",
    "fireworksai": "OPENAI-CHAT",
    "googleai": "GEMINI-GENERATE",
    "sagemaker": "CSV",
}


@dataclass(frozen=True)
class Question:
    """What a request's body is made of.

    Attributes:
        model: its INPUT columns give names and types to the values.
        values: of one row, in INPUT order; none of them NULL.
        params: the model's `params.x`, read as numbers, lists or text.
        system: the system prompt, '' without one.
        name: the vendor's name of the model (`model_version`), '' where the endpoint says it.
        bedrock: the call goes through Bedrock, which wants some bodies a little different.
    """

    model: Model
    values: tuple[Any, ...]
    params: Mapping[str, Any]
    system: str = ""
    name: str = ""
    bedrock: bool = False


@dataclass(frozen=True)
class Answered:
    """The values of the OUTPUT columns, and the tokens the answer reports (0 if it does not)."""

    values: tuple[Any, ...]
    sent: int = 0
    received: int = 0


class Format(Protocol):
    """A body format."""

    @property
    def name(self) -> str:
        """Its name in `input_format`."""
        ...

    @property
    def content_type(self) -> str:
        """The MIME type of its bodies, where the model does not say another."""
        ...

    def check(self, model: Model, params: Mapping[str, Any], system: str) -> None:
        """Raise BodyError where a model of this signature and these params cannot use it."""
        ...

    def write(self, question: Question) -> bytes:
        """Return the body of a request."""
        ...

    def read(self, body: bytes, model: Model) -> Answered:
        """Return what an answer says. Raises BodyError if it is of another shape."""
        ...


def bedrock_format(endpoint: str) -> str:
    """Return the body format of a Bedrock endpoint, from its model id (facts 2.3)."""
    path = urlsplit(endpoint).path
    found = re.search(r"/model/(.+?)/(?:invoke|converse)", path)
    model_id = unquote(found[1]) if found else ""
    bare = _GEOGRAPHY.sub("", model_id.rsplit("/", 1)[-1])
    for pattern, name in _BEDROCK:
        if re.match(pattern, bare):
            return name
    return "AMAZON-TITAN-TEXT"


def default_format(provider: str, endpoint: str) -> str:
    """Return the format of a model that names none (facts 2.2)."""
    path = urlsplit(endpoint).path.rstrip("/")
    match provider:
        case "bedrock":
            return bedrock_format(endpoint)
        case "openai" | "azureopenai":
            return "OPENAI-EMBED" if path.endswith("/embeddings") else "OPENAI-CHAT"
        case "vertexai":
            published = "/publishers/google/models/gemini" in path
            return "GEMINI-GENERATE" if published else "TF-SERVING"
        case _:
            return _DEFAULTS.get(provider, "OPENAI-CHAT")


def read_params(options: Mapping[str, str], provider: str) -> dict[str, Any]:
    """Return a model's `{provider}.params.x`: standard ones typed, others as JSON or text.

    Raises:
        BodyError: more than 32, or a standard one that is not of its type.
    """
    prefix = f"{provider}.params."
    params: dict[str, Any] = {}
    for key, value in options.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        if name == "stop":
            params[name] = [part.strip() for part in value.split(",")]
        elif name in ("temperature", "top_p", "top_k"):
            number = as_number(key, value)
            params[name] = int(number) if number == int(number) and name == "top_k" else number
        elif name == "max_tokens":
            params[name] = int(as_number(key, value))
        else:
            params[name] = _literal(value)
    if len(params) > MAX_PARAMS:
        raise BodyError(f"a model may have {MAX_PARAMS} params, not {len(params)}")
    return params


def as_number(key: str, value: str) -> float:
    """Return an option's value as a finite number. Raises BodyError if it is none."""
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if number - number != 0:
        raise BodyError(f"the option '{key}' must be a number, not '{value}'")
    return number


def _literal(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def read_body(body: bytes) -> Any:
    """Return the JSON of an answer. Raises BodyError if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BodyError("the answer is not JSON") from None


def find(value: Any, path: str) -> Any:
    """Return what stands at a path like `results.0.outputText`; None where there is nothing."""
    for step in path.split("."):
        if isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value
