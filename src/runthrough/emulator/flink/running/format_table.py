"""The one table of body formats, under all their names (facts/flink-sql-ai.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.running.model_formats import (
    Answered,
    Format,
    Question,
    default_format,
)
from runthrough.emulator.flink.running.model_values import BodyError
from runthrough.emulator.flink.running.row_formats import ROW_FORMATS, wrapped
from runthrough.emulator.flink.running.text_formats import TEXT_FORMATS

ALIASES = {
    "AZURE-EMBED": "OPENAI-EMBED",
    "GEMINI-CHAT": "GEMINI-GENERATE",
    "MLFLOW-TENSOR": "TF-SERVING-COLUMN",
    "KSERVE-V1": "TF-SERVING",
    "KSERVE-V2": "TRITON",
}
"""Second names."""

_ALL: tuple[Format, ...] = (*TEXT_FORMATS, *ROW_FORMATS)
FORMATS: dict[str, Format] = {one.name: one for one in _ALL}
"""Formats by name; `JSON:w` goes by any w."""


@dataclass(frozen=True)
class TwoFormats:
    """A model whose answers are of another format than its requests (`output_format`)."""

    input: Format
    output: Format

    @property
    def name(self) -> str:
        """The names of both."""
        return f"{self.input.name} → {self.output.name}"

    @property
    def content_type(self) -> str:
        """The requests' MIME type."""
        return self.input.content_type

    def check(self, model: Model, params: Mapping[str, Any], system: str) -> None:
        """Raise BodyError where the requests' format does not fit."""
        self.input.check(model, params, system)

    def write(self, question: Question) -> bytes:
        """Return the body of a request."""
        return self.input.write(question)

    def read(self, body: bytes, model: Model) -> Answered:
        """Return what an answer says."""
        return self.output.read(body, model)


def named_format(name: str) -> Format:
    """Return a format by any of its names, in any case. Raises BodyError if there is none."""
    if name.upper().startswith("JSON:") and len(name) > len("JSON:"):
        return wrapped(name, name[len("JSON:") :])
    known = FORMATS.get(ALIASES.get(name.upper(), name.upper()))
    if known is None:
        raise BodyError(f"there is no format {name}")
    return known


def format_of(options: Mapping[str, str], provider: str, endpoint: str) -> Format:
    """Return the format that a model's options and its endpoint ask for.

    Raises:
        BodyError: an option names no format.
    """
    given = options.get(f"{provider}.input_format")
    wanted = named_format(given or default_format(provider, endpoint))
    answer = options.get(f"{provider}.output_format")
    if answer is None or named_format(answer).name == wanted.name:
        return wanted
    return TwoFormats(wanted, named_format(answer))
