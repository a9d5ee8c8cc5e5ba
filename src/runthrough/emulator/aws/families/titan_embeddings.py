"""InvokeModel for Titan Text Embeddings: from the vendor's body to a text, and a vector back.

Source: facts amazon-bedrock 4.4 (members), 2.11 (texts of refusals). The vector is the stand-in's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.fields import is_integer, malformed, wrong_type
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.embeddings import embed

MAX_CHARACTERS = 50_000
FIRST_SIZE = 1536
"""Numbers in a vector of the first model, which takes no `dimensions`."""
SIZES = (1024, 512, 256)
"""What `dimensions` of the second may be, the default first."""
_KINDS = ("float", "binary")


@dataclass(frozen=True)
class EmbeddingRequest:
    """What is to be embedded, and how."""

    text: str
    dimensions: int
    normalize: bool = True
    kinds: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """How many tokens the text has."""
        return count_tokens(self.text)


def read_request(body: dict[str, Any], model: Model) -> EmbeddingRequest:
    """Return what a body asks for.

    Raises:
        Refused: the body does not fit the schema, or the text the model.
    """
    second = "-v2" in model.id
    taken = {"inputText"} | ({"dimensions", "normalize", "embeddingTypes"} if second else set())
    violations = [] if "inputText" in body else ["#: required key [inputText] not found"]
    violations += [f"#: extraneous key [{k}] is not permitted" for k in body if k not in taken]
    if violations:
        raise malformed(*violations)
    text = body["inputText"]
    if not isinstance(text, str):
        raise malformed(wrong_type("/inputText", "String", text))
    if not text:
        raise malformed("#/inputText: expected minLength: 1, actual: 0")
    if len(text) > MAX_CHARACTERS:
        raise malformed(f"#/inputText: expected maxLength: {MAX_CHARACTERS}, actual: {len(text)}")
    tokens = count_tokens(text)
    if tokens > model.context:
        raise invalid(
            f"400 Bad Request: Too many input tokens. Max input tokens: {model.context}, "
            f"request input token count: {tokens} "
        )
    if not second:
        return EmbeddingRequest(text, FIRST_SIZE)
    return EmbeddingRequest(text, _dimensions(body), _normalize(body), _read_kinds(body))


def _dimensions(body: dict[str, Any]) -> int:
    value = body.get("dimensions", SIZES[0])
    if not is_integer(value):
        raise malformed(wrong_type("/dimensions", "Integer", value))
    if value not in SIZES:
        raise malformed(f"#/dimensions: {value} is not a valid enum value")
    return int(value)


def _normalize(body: dict[str, Any]) -> bool:
    value = body.get("normalize", True)
    if not isinstance(value, bool):
        raise malformed(wrong_type("/normalize", "Boolean", value))
    return value


def _read_kinds(body: dict[str, Any]) -> tuple[str, ...]:
    value = body.get("embeddingTypes", ["float"])
    if not isinstance(value, list):
        raise malformed(wrong_type("/embeddingTypes", "JSONArray", value))
    for at, kind in enumerate(value):
        if kind not in _KINDS:
            raise malformed(f"#/embeddingTypes/{at}: {kind} is not a valid enum value")
    return tuple(value)


def write_answer(request: EmbeddingRequest) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    vector = embed(request.text, request.dimensions, normalize=request.normalize)
    answer: dict[str, Any] = {"inputTextTokenCount": request.tokens}
    if not request.kinds:
        return {"embedding": vector, **answer}
    bits = [1 if x > 0 else 0 for x in vector]
    by_kind = {k: vector if k == "float" else bits for k in request.kinds}
    plain = {"embedding": vector} if "float" in request.kinds else {}
    return {**plain, "embeddingsByType": by_kind, **answer}


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body. Raises Refused where it does not fit."""
    asked = read_request(body, model)
    return Result(write_answer(asked), asked.tokens)


FAMILY = DataFamily(invoke)
