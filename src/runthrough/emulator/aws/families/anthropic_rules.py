"""What Anthropic's models accept, whichever API asks: sampling, thinking, lengths, last turns.

Source: facts amazon-bedrock 2.6, 2.11, 4.1. Texts the sheet does not give are the vendor's, from
memory and public issues (unverified).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_fields import (
    known_only,
    need,
    need_choice,
    need_object,
    need_whole,
    object_at,
    wrong,
)
from runthrough.emulator.aws.fields import is_number, malformed, wrong_type
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.standins import Prompt, count_input
from runthrough.emulator.standins.schemas import is_schema
from runthrough.emulator.standins.thoughts import is_untouched

NOT_EMULATED = frozenset(("context_management", "mcp_servers", "container"))
"""Members the vendor has and this emulator has not."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
_MAX_STOPS = 8191
_MIN_BUDGET = 1024
_MAX_MARKS = 4
_TAKE_SYSTEM_TURNS: tuple[str, ...] = ("claude-opus-4-8", "claude-opus-5")
_TAKE_SYSTEM_TURNS += ("claude-sonnet-5-5", "claude-haiku-5-5")
_SEARCH_RESULTS = {"searchResult", "search_result"}
_CONVERSE_EXTRA = {"top_k", "anthropic_beta", "metadata", "thinking", "output_config"}
_CONVERSE_EXTRA |= {"reasoning_config"}

Thinking = Literal["off", "shown", "omitted"]


@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn; None = not said."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None


@dataclass(frozen=True)
class Extra:
    """What Converse's additionalModelRequestFields ask of the vendor.

    Attributes:
        thinking: the member as it came.
        output_schema: the JSON Schema the answer has to follow.
    """

    top_k: int | None = None
    thinking: Any = None
    output_schema: Mapping[str, Any] | None = None


def read_extra(fields: Mapping[str, Any], model: Model) -> Extra:
    """Return Converse's additionalModelRequestFields.

    `reasoning_config` is Converse's other name for `thinking`, as AWS's own samples use it.

    Raises:
        Refused: a field the vendor does not know or Converse sets itself, or one not emulated.
    """
    for name in fields:
        if name in NOT_EMULATED | {"tools", "tool_choice"}:
            raise not_emulated(f"The member {name!r} of the Anthropic body")
        if name not in _CONVERSE_EXTRA:
            raise invalid(f"{name}: Extra inputs are not permitted")
    check_beta(fields)
    schema = read_output_config(fields.get("output_config"), model)
    thinking = fields.get("thinking", fields.get("reasoning_config"))
    return Extra(read_top_k(fields), thinking, schema)


def check_sampling(sampling: Sampling, model: Model) -> None:
    """Refuse sampling parameters the model does not take (facts 2.6). Raises Refused."""
    named = [name for name, value in vars(sampling).items() if value is not None]
    if model.sampling == "none" and named:
        raise invalid(f"`{named[0]}` is deprecated for this model.")
    if model.sampling == "one-of" and {"temperature", "top_p"} <= set(named):
        raise invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only"
            " one."
        )


def check_citations(prompt: Prompt, messages: Iterable[Sequence[Part]]) -> None:
    """Refuse to cite some sources and not others, and to cite in an answer that follows a schema.

    Both are documented by the vendor; the texts are ours.

    Args:
        prompt: what was read.
        messages: the parts of every message; what a tool gave back is not counted.

    Raises:
        Refused: as said.
    """
    if not prompt.sources:
        return
    parts = [part for message in messages for part in message]
    for kinds, name in (({"document"}, "documents"), (_SEARCH_RESULTS, "search results")):
        if len({s.is_cited for part in parts if part.kind in kinds for s in part.sources}) > 1:
            raise invalid(f"Citations must be enabled for all {name} of a request or for none.")
    if prompt.is_cited and prompt.output_schema is not None:
        raise invalid("Citations cannot be combined with a schema that the answer has to follow.")


def read_thinking(value: Any, sampling: Sampling, max_tokens: int, model: Model) -> Thinking:
    """Return whether the model is to think, and whether that is shown.

    Raises:
        Refused: the model does not think that way, the budget does not fit, or sampling does not
            go with it.
    """
    if value is None:
        return "off"
    thinking = object_at(value, "thinking")
    kind = need_choice(thinking, "type", "thinking", ("enabled", "disabled", "adaptive"))
    place = f"thinking.{kind}"
    members = ("type", "budget_tokens", "display") if kind == "enabled" else ("type", "display")
    known_only(thinking, members, place)
    if kind == "disabled":
        return "off"
    _check_thinks(kind, model)
    if kind == "enabled":
        budget = need_whole(thinking, "budget_tokens", place)
        if budget < _MIN_BUDGET:
            rule = f"Input should be greater than or equal to {_MIN_BUDGET}"
            raise wrong(f"{place}.budget_tokens", rule)
        if budget >= max_tokens:
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    _check_sampling_of_thought(sampling)
    if thinking.get("display") is None:
        return "shown"
    display = need_choice(thinking, "display", place, ("summarized", "omitted"))
    return "omitted" if display == "omitted" else "shown"


def _check_thinks(kind: str, model: Model) -> None:
    if kind == "adaptive" and model.thinking in ("none", "budget"):
        raise invalid("adaptive thinking is not supported on this model")
    if model.thinking == "none":
        raise invalid(f"'{model.brand}' does not support thinking.")
    if kind == "enabled" and model.thinking == "adaptive":
        raise invalid(
            '"thinking.type.enabled" is not supported for this model. Use'
            ' "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        )


def _check_sampling_of_thought(sampling: Sampling) -> None:
    if sampling.temperature not in (None, 1):
        raise invalid("`temperature` may only be set to 1 when thinking is enabled.")
    if sampling.top_p is not None and sampling.top_p < 0.95:
        raise invalid(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled."
        )
    if sampling.top_k is not None:
        raise invalid("`top_k` must be unset when thinking is enabled.")


def check_thoughts(
    messages: Sequence[tuple[int, str, Sequence[Part]]], *, with_budget: bool
) -> None:
    """Refuse thoughts that were touched, and where thinking goes on, a turn that lacks its own.

    Args:
        messages: number, role and parts of every message.
        with_budget: whether `thinking` is `enabled`, which wants the last turn's thought back.

    Raises:
        Refused: as said. A thought signed elsewhere, by the live service too, is refused here.
    """
    for at, _, parts in messages:
        for place, part in enumerate(parts):
            if part.reasoning is None or is_untouched(part.reasoning):
                continue
            where = f"messages.{at}.content.{place}"
            if not part.reasoning.signature:
                raise wrong(f"{where}.thinking.signature", "Field required")
            raise wrong(where, "Invalid `signature` in `thinking` block")
    last = next((one for one in reversed(messages) if one[1] == "assistant"), None)
    if not with_budget or last is None:
        return
    at, _, parts = last
    ends = messages[-1]
    in_loop = at == ends[0] or any(part.tool_result is not None for part in ends[2])
    first = parts[0].kind if parts else "text"
    thought = ("thinking", "redacted_thinking", "reasoningContent", "redacted")
    if in_loop and first not in thought:
        found = "tool_use" if first in ("tool_use", "toolUse") else first
        raise wrong(
            f"messages.{at}.content.0.type",
            f"Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is"
            " enabled, a final `assistant` message must start with a thinking block (preceeding"
            " the lastmost set of `tool_use` and `tool_result` blocks). To avoid this requirement,"
            " disable `thinking`.",
        )


def check_tool_choice_of_thought(prompt: Prompt) -> None:
    """Refuse to think before a tool that has to be used. Raises Refused."""
    if prompt.thinking != "off" and prompt.tool_choice not in ("auto", "none"):
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def check_marks(prompt: Prompt) -> None:
    """Refuse more than four cache points, and a longer one behind a shorter. Raises Refused."""
    ttls = [prefix.ttl for prefix in prompt.prefixes if prefix.ttl]
    if len(ttls) > _MAX_MARKS:
        raise invalid(
            f"A maximum of {_MAX_MARKS} blocks with cache_control may be provided. Found"
            f" {len(ttls)}."
        )
    if "5m" in ttls and "1h" in ttls[ttls.index("5m") :]:
        raise invalid(
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
            " Note that blocks are processed in the following order: `tools`, `system`,"
            " `messages`."
        )


def check_stops(stops: Sequence[str]) -> None:
    """Refuse a blank stop sequence. Raises Refused."""
    if not all(stop.strip() for stop in stops):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def check_turns(prompt: Prompt, model: Model) -> None:
    """Refuse an answer that is begun where the model does not go on with one. Raises Refused."""
    last = prompt.messages[-1]
    if last.role != "assistant":
        return
    if not model.prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with"
            " a user message."
        )
    if last.text != last.text.rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")


def check_length(prompt: Prompt, model: Model, *, asked: bool = True) -> None:
    """Refuse a prompt that does not fit the model's context.

    Args:
        prompt: what is to be answered.
        model: the one that is to answer.
        asked: whether the caller said how long the answer may be; else that does not count.

    Raises:
        Refused: as said.
    """
    tokens, most = count_input(prompt), prompt.max_tokens if asked else 1
    if tokens > model.context:
        raise invalid("Input is too long for requested model.")
    if tokens + most > model.context:
        raise invalid(
            f"input length and `max_tokens` exceed context limit: {tokens} + {most} > "
            f"{model.context}, decrease input length or `max_tokens` and try again"
        )


def check_beta(body: Mapping[str, Any]) -> None:
    """Refuse an `anthropic_beta` that is no list of texts. Raises Refused."""
    beta = body.get("anthropic_beta", [])
    if not isinstance(beta, list):
        raise malformed(wrong_type("/anthropic_beta", "JSONArray", beta))
    for at, value in enumerate(beta):
        if not isinstance(value, str):
            raise malformed(wrong_type(f"/anthropic_beta/{at}", "String", value))


def read_share(body: Mapping[str, Any], name: str) -> float | None:
    """Return an optional number from 0 to 1. Raises Refused where it is none."""
    value = body.get(name)
    if value is None:
        return None
    if not is_number(value):
        raise malformed(wrong_type(f"/{name}", "Number", value))
    if value < 0:
        raise malformed(f"#/{name}: {value} is not greater or equal to 0")
    if value > 1:
        raise malformed(f"#/{name}: {value} is not less or equal to 1")
    return float(value)


def read_top_k(body: Mapping[str, Any]) -> int | None:
    """Return an optional top_k, 0 to 500. Raises Refused where it is none."""
    value = body.get("top_k")
    if value is None:
        return None
    # Flink writes its PARAMS as Float (facts flink-sql-ai 2.2), so 200.0 has to do as well.
    if not is_number(value) or value != value // 1:
        raise malformed(wrong_type("/top_k", "Integer", value))
    if not 0 <= value <= 500:
        bound = "greater or equal to 0" if value < 0 else "less or equal to 500"
        raise malformed(f"#/top_k: {value} is not {bound}")
    return int(value)


def read_stops(value: Any) -> tuple[str, ...]:
    """Return stop_sequences, at most 8,191 of them. Raises Refused where they do not fit."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise malformed(wrong_type("/stop_sequences", "JSONArray", value))
    if len(value) > _MAX_STOPS:
        raise malformed(
            f"#/stop_sequences: expected maximum item count: {_MAX_STOPS}, found: {len(value)}"
        )
    for at, stop in enumerate(value):
        if not isinstance(stop, str):
            raise malformed(wrong_type(f"/stop_sequences/{at}", "String", stop))
    check_stops(value)
    return tuple(value)


def read_output_config(value: Any, model: Model) -> Mapping[str, Any] | None:
    """Return the JSON Schema of `output_config`; `effort` is checked and not used. Raises Refused.

    How hard a model tries is nothing a stand-in could follow.
    """
    if value is None:
        return None
    config = object_at(value, "output_config")
    known_only(config, ("effort", "format"), "output_config")
    if config.get("effort") is not None:
        need_choice(config, "effort", "output_config", EFFORTS)
        check_effort(model)
    if config.get("format") is None:
        return None
    return read_format(config["format"], "output_config.format")


def check_effort(model: Model) -> None:
    """Refuse an effort to a model that takes none. Raises Refused."""
    if model.thinking not in ("adaptive", "both"):
        raise invalid("This model does not support the effort parameter.")


def check_system_turn(at: int, before: str | None, model: Model) -> None:
    """Refuse a message of the role `system` to a model that takes none, or at a wrong place.

    Which models take them, and that they follow a turn of the user, the vendor documents; the texts
    for the others are captures of InvokeModel in public issues (2026), that for the place is ours.

    Args:
        at: the number of the message.
        before: the role of the message before it; None = it is the first.
        model: the one that is to answer.

    Raises:
        Refused: as said.
    """
    if model.brand.startswith("claude-opus-4-7"):
        raise invalid("role 'system' is not supported on this model")
    if not model.brand.startswith(_TAKE_SYSTEM_TURNS):
        raise invalid(
            'messages: Unexpected role "system". The Messages API accepts a top-level `system`'
            ' parameter, not "system" as an input message role.'
        )
    if before != "user":
        raise invalid(f"messages.{at}: a message of the role system has to follow one of the user")


def read_format(value: Any, place: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a format. Raises Refused where it is none."""
    chosen = object_at(value, place)
    need_choice(chosen, "type", place, ("json_schema",))
    known_only(chosen, ("type", "schema", "name"), place)
    schema = need_object(chosen, "schema", place)
    if not is_schema(schema):
        raise wrong(f"{place}.schema", "Invalid schema")
    return schema


def check_metadata(value: Any) -> None:
    """Refuse metadata that is more than a user's id. Raises Refused."""
    if value is None:
        return
    metadata = object_at(value, "metadata")
    known_only(metadata, ("user_id",), "metadata")
    user = metadata.get("user_id")
    if user is not None and not isinstance(need(metadata, "user_id", "metadata"), str):
        raise wrong("metadata.user_id", "Input should be a valid string")
