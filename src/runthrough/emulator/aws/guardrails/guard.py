"""A guardrail around a model: it looks at the prompt, then at the answer.

Source: facts amazon-bedrock 2.2 (headers, amazon-bedrock-guardrailConfig), 2.4 (guardrailConfig),
2.5 (stopReason, trace). From memory (unverified): what is tagged or in guardContent is all that is
looked at, a prompt that is stopped is charged no model tokens, and the names of InvokeModel's own
trace (`input`, `outputs`, `modelOutput`). Chosen here: what tools and documents say is not looked
at; the tags do not reach the model; an answer is looked at whole before its first piece is sent, in
both processing modes of a stream.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runthrough.emulator.aws.fields import broken_rule, member_object, member_text
from runthrough.emulator.aws.guardrails.store import Found, check_form, not_there
from runthrough.emulator.aws.guardrails.words import Assessment, assess
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt

CONFIG = "amazon-bedrock-guardrailConfig"
"""The member of a vendor's body that configures a guardrail."""

_HEADER = "x-amzn-bedrock-guardrail"
_MODES = ("sync", "async", "synchronous", "asynchronous")
_TAG = re.compile(r"[a-zA-Z0-9]{1,20}")
_NEEDS_BOTH = "A guardrail needs both its identifier and its version."


@dataclass(frozen=True)
class Guard:
    """A guardrail as one call wants it.

    Attributes:
        traced: whether the caller wants to know what was found.
        tag: marks what is to be looked at in a vendor's body; "" = all of it.
    """

    found: Found
    traced: bool
    tag: str = ""

    def texts(self, prompt: Prompt) -> tuple[list[str], int]:
        """Return what is to be looked at of a vendor's prompt, and how many characters it has."""
        whole = [prompt.system, *(turn.text for turn in prompt.messages)]
        tagged = [one for text in whole for is_tagged, one in self._split(text) if is_tagged]
        return tagged or whole, sum(map(len, whole))

    def unwrap(self, prompt: Prompt) -> Prompt:
        """Return the prompt without the tags."""
        if not self.tag:
            return prompt
        turns = (replace(one, text=self._plain(one.text)) for one in prompt.messages)
        return replace(prompt, system=self._plain(prompt.system), messages=tuple(turns))

    def _plain(self, text: str) -> str:
        return "".join(one for _, one in self._split(text))

    def _split(self, text: str) -> Iterator[tuple[bool, str]]:
        """Return the parts of a text, and whether each stood between the tags."""
        name, at = f"amazon-bedrock-guardrails-guardContent_{self.tag}", 0
        opening, closing = f"<{name}>", f"</{name}>"
        while self.tag:
            begin = text.find(opening, at)
            end = text.find(closing, begin + len(opening)) if begin >= 0 else -1
            if end < 0:
                break  # nothing more is tagged: a tag that is not closed is text
            yield False, text[at:begin]
            yield True, text[begin + len(opening) : end]
            at = end + len(closing)
        yield False, text[at:]


@dataclass(frozen=True)
class Guarded:
    """An answer that has passed a guardrail, or what the guardrail says instead.

    Attributes:
        output: None where the model was not asked.
        withheld: the model's answer where it was stopped.
    """

    guard: Guard
    answer: Answer
    input: Assessment
    output: Assessment | None
    withheld: str | None = None

    @property
    def intervened(self) -> bool:
        """Whether the guardrail has stopped the prompt or the answer."""
        return self.input.blocked or (self.output is not None and self.output.blocked)

    def converse_trace(self) -> dict[str, Any]:
        """Return the trace of Converse; empty where the caller wants none."""
        if not self.guard.traced:
            return {}
        found = self.guard.found
        name = found.id
        trace: dict[str, Any] = {"inputAssessment": {name: self.input.write() | found.details}}
        if self.output is not None:
            trace["outputAssessments"] = {name: [self.output.write() | found.details]}
        return {"trace": {"guardrail": trace | self._more()}}

    def vendor_members(self) -> dict[str, Any]:
        """Return what AWS adds to a vendor's body."""
        action = "INTERVENED" if self.intervened else "NONE"
        members: dict[str, Any] = {"amazon-bedrock-guardrailAction": action}
        if self.guard.traced:
            found = self.guard.found
            name = found.id
            trace: dict[str, Any] = {"input": {name: self.input.write() | found.details}}
            if self.output is not None:
                trace["outputs"] = [{name: self.output.write() | found.details}]
            members["amazon-bedrock-trace"] = {"guardrail": trace | self._more()}
        return members

    def _more(self) -> dict[str, Any]:
        reason = {"actionReason": action_reason(intervened=self.intervened)}
        return reason if self.withheld is None else {**reason, "modelOutput": [self.withheld]}


def action_reason(*, intervened: bool) -> str:
    """Return why a guardrail did what it did, in the service's words (from memory)."""
    return "Guardrail blocked." if intervened else "No action."


def answer_guarded(
    guard: Guard, texts: Iterable[str], total: int, answer: Callable[[], Answer]
) -> Guarded:
    """Ask the model if the prompt may pass, and let the answer pass if it may.

    Args:
        guard: the guardrail.
        texts: what it is to look at of the prompt.
        total: characters the prompt has.
        answer: asks the model.
    """
    policy = guard.found.policy
    given = assess(policy, texts, total=total)
    if given.blocked:
        return Guarded(guard, Answer(policy.blocked_input, "end_turn", 0, 0), given, None)
    answered = answer()
    told = assess(policy, [answered.text])
    if not told.blocked:
        return Guarded(guard, answered, given, told)
    stopped = replace(
        answered,
        text=policy.blocked_output,
        stop_reason="end_turn",
        stop_sequence=None,
        tool_uses=(),
        reasoning=None,
    )
    return Guarded(guard, stopped, given, told, withheld=answered.text)


def guard_of_conversation(aws: Aws, call: Call, body: Mapping[str, Any]) -> Guard | None:
    """Return the guardrail that Converse's `guardrailConfig` names, None where it names none.

    Raises:
        Refused: the configuration does not fit, or there is no such guardrail.
    """
    place = "guardrailConfig"
    config = member_object(body, place, place) or {}
    identifier = member_text(config, "guardrailIdentifier", f"{place}.guardrailIdentifier")
    version = member_text(config, "guardrailVersion", f"{place}.guardrailVersion")
    trace = _choice(config, "trace", place, ("enabled", "disabled", "enabled_full"))
    _choice(config, "streamProcessingMode", place, ("sync", "async"))
    found = _find(aws, call, identifier or "", version or "")
    return None if found is None else Guard(found, trace in ("enabled", "enabled_full"))


def conversation_texts(body: Mapping[str, Any]) -> tuple[list[str], int]:
    """Return what is to be looked at of a Converse request that fits, and its characters.

    Blocks of guardContent where there are any, else every text of the messages.
    """
    turns = [block for message in body["messages"] for block in message["content"]]
    blocks = [*(body.get("system") or ()), *turns]
    marked = [b["guardContent"]["text"]["text"] for b in blocks if _is_guarded_text(b)]
    plain = [block["text"] for block in turns if block.get("text") is not None]
    return marked or plain, sum(map(len, [*marked, *plain]))


def _is_guarded_text(block: Mapping[str, Any]) -> bool:
    return bool((block.get("guardContent") or {}).get("text"))


def guard_of_headers(
    aws: Aws, call: Call, body: dict[str, Any]
) -> tuple[Guard | None, dict[str, Any]]:
    """Return the guardrail that the headers name, and the body without what configures it.

    Raises:
        Refused: the headers or the configuration do not fit, or there is no such guardrail.
    """
    identifier = call.request.header(f"{_HEADER}identifier") or ""
    version = call.request.header(f"{_HEADER}version") or ""
    config = member_object(body, CONFIG, CONFIG)
    rest = {name: value for name, value in body.items() if name != CONFIG}
    found = _find(aws, call, identifier, version)
    if found is None:
        if config is not None:
            raise invalid(f"The body holds {CONFIG}, and no header names a guardrail.")
        return None, rest
    media_type = (call.request.header("content-type") or "application/json").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise invalid(
            f"A guardrail needs the content type application/json, not {media_type[:80]}."
        )
    traced = (call.request.header("x-amzn-bedrock-trace") or "").startswith("ENABLED")
    return Guard(found, traced, _read_tag(config or {})), rest


def _read_tag(config: Mapping[str, Any]) -> str:
    mode = member_text(config, "streamProcessingMode", f"{CONFIG}.streamProcessingMode")
    if mode is not None and mode.lower() not in _MODES:
        rule = "Member must satisfy enum value set: [SYNCHRONOUS, ASYNCHRONOUS]"
        raise broken_rule(mode, f"{CONFIG}.streamProcessingMode", rule)
    tag = member_text(config, "tagSuffix", f"{CONFIG}.tagSuffix") or ""
    if tag and not _TAG.fullmatch(tag):
        rule = f"Member must satisfy regular expression pattern: {_TAG.pattern}"
        raise broken_rule(tag, f"{CONFIG}.tagSuffix", rule)
    return tag


def _find(aws: Aws, call: Call, identifier: str, version: str) -> Found | None:
    if not identifier and not version:
        return None
    if not identifier or not version:
        raise invalid(_NEEDS_BOTH)
    check_form(identifier, version)
    arn = aws.guardrails.arn(identifier, call.region)
    aws.permissions.check(call.signer.key, "bedrock:ApplyGuardrail", (arn,))
    found = aws.guardrails.find(identifier, version, call.region)
    if found is None:
        raise not_there()
    return found


def _choice(
    config: Mapping[str, Any], name: str, place: str, choices: tuple[str, ...]
) -> str | None:
    value = member_text(config, name, f"{place}.{name}")
    if value is not None and value not in choices:
        rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
        raise broken_rule(value, f"{place}.{name}", rule)
    return value
