"""Model calls of a statement: bodies, answers, retries, and how many there were.

Sources: facts/flink-sql-ai.md 2.1-2.4 (options, formats, how Bedrock's is derived from the
endpoint, errors) and 4.1 (the call's option map). Who answers is behind `ModelProvider`.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from runthrough.emulator.flink.catalog import Model
from runthrough.errors import EmulatorError

DEFAULT_MAX_TOKENS = 4096
"""Sent where the model has no `params.max_tokens`, which Anthropic's API demands (a choice)."""

DEFAULT_PARALLELISM = 10
DEFAULT_RETRIES = 3
DEFAULT_TIMEOUT = 30.0
_FIRST_PAUSE = 0.05
_GEOGRAPHY = re.compile(r"^(us|us-gov|eu|apac|jp|au|ca|global)\.")
_FORMATS = (
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


@dataclass(frozen=True)
class ModelRequest:
    """One call: where to, with which credentials, what; `timeout` in seconds."""

    provider: str
    endpoint: str
    credentials: Mapping[str, SecretStr] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float


@dataclass(frozen=True)
class ModelReply:
    """What came back: the HTTP status and the body."""

    status: int
    body: bytes = field(repr=False)


class ModelProvider(Protocol):
    """Whoever answers model calls."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Answer one call. Raises EmulatorError where there is no answer at all."""
        ...


class ModelError(Exception):
    """A call has failed for good; the text becomes the statement's detail."""


class Meter:
    """Counts the calls of one statement and the tokens they used; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = 0
        self.input_tokens = 0
        self.output_tokens = 0

    def count_call(self) -> None:
        """Count one request, answered or not."""
        with self._lock:
            self.calls += 1

    def count_tokens(self, sent: int, received: int) -> None:
        """Add the usage an answer reports."""
        with self._lock:
            self.input_tokens += sent
            self.output_tokens += received


def bedrock_format(endpoint: str) -> str:
    """Return the body format of a Bedrock endpoint, from its model id (facts 2.3)."""
    path = urlsplit(endpoint).path
    found = re.search(r"/model/(.+?)/(?:invoke|converse)", path)
    model_id = unquote(found[1]) if found else ""
    bare = _GEOGRAPHY.sub("", model_id.rsplit("/", 1)[-1])
    for pattern, name in _FORMATS:
        if re.match(pattern, bare):
            return name
    return "AMAZON-TITAN-TEXT"


class ModelCaller:
    """Calls one model on behalf of one statement; remembers every answer it got.

    The same input is asked once in the life of the statement.
    """

    def __init__(
        self,
        model: Model,
        *,
        endpoint: str,
        credentials: Mapping[str, SecretStr],
        provider: ModelProvider,
        options: Mapping[str, str],
        meter: Meter,
        stopped: threading.Event,
    ) -> None:
        """Prepare calls. Raises ModelError where the emulator cannot make them."""
        self._model, self._endpoint, self._credentials = model, endpoint, credentials
        self._provider, self._meter, self._stopped = provider, meter, stopped
        self._kind = model.options.get("provider", "").lower()
        given = model.options.get(f"{self._kind}.input_format", "").upper()
        self._check_format(given or bedrock_format(endpoint))
        self._params = _params(model.options, self._kind)
        self._answers: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        own_timeout = model.options.get(f"{self._kind}.client_timeout")
        self._timeout = _number(options, "client_timeout", own_timeout or DEFAULT_TIMEOUT)
        self._retries = int(_number(options, "retry_count", DEFAULT_RETRIES))
        wanted = int(_number(options, "max_parallelism", DEFAULT_PARALLELISM))
        alone = options.get("async_enabled", "true").lower() == "false"
        self._parallelism = 1 if alone else max(1, wanted)

    def _check_format(self, name: str) -> None:
        model = self._model
        if name != "ANTHROPIC-MESSAGES":
            raise ModelError(
                f"Model '{model.name}': not emulated: format {name}. The live target has it."
            )
        for what, columns in (("INPUT", model.inputs), ("OUTPUT", model.outputs)):
            if len(columns) != 1 or columns[0].type.root not in ("VARCHAR", "CHAR"):
                raise ModelError(
                    f"Model '{model.name}': the format {name} needs exactly one {what} column, "
                    "of type STRING."
                )

    def answers(self, inputs: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Return the outputs of each distinct input; NULL in, NULL out, without a call.

        Raises:
            ModelError: a call failed after its retries.
        """
        distinct = list(dict.fromkeys(inputs))
        open_questions = [i for i in distinct if i not in self._answers and None not in i]
        _in_parallel(self._ask, open_questions, self._parallelism, self._stopped)
        nothing = (None,) * len(self._model.outputs)
        return {i: self._answers.get(i, nothing) for i in distinct}

    def _ask(self, question: tuple[Any, ...]) -> None:
        request = ModelRequest(
            self._kind, self._endpoint, self._credentials, self._body(question[0]), self._timeout
        )
        reply = self._invoke(request)
        if reply.status != 200:
            raise ModelError(_refusal(reply))
        self._answers[question] = (self._read(reply.body),)

    def _invoke(self, request: ModelRequest) -> ModelReply:
        pause = _FIRST_PAUSE
        for attempt in range(self._retries + 1):
            self._meter.count_call()
            try:
                reply = self._provider.invoke(request)
            except EmulatorError as e:
                raise ModelError(f"Model '{self._model.name}' gave no answer: {e}") from e
            if reply.status != 429 and reply.status < 500:
                break
            if reply.status == 501 or attempt == self._retries or self._stopped.wait(pause):
                break
            pause *= 2
        return reply

    def _body(self, prompt: str) -> bytes:
        body: dict[str, Any] = {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": DEFAULT_MAX_TOKENS,
            "messages": [{"role": "user", "content": prompt}],
        }
        if system := self._model.options.get(f"{self._kind}.system_prompt"):
            body["system"] = system
        return json.dumps({**body, **self._params}).encode()

    def _read(self, body: bytes) -> str:
        try:
            answer = json.loads(body)
            usage = answer.get("usage") or {}
            sent, received = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
            text = answer["content"][0]["text"]
        except (ValueError, LookupError, TypeError, AttributeError) as e:
            raise ModelError(
                f"Model '{self._model.name}': the answer is not of the format ANTHROPIC-MESSAGES: "
                "it has no content[0].text"
            ) from e
        self._meter.count_tokens(sent, received)
        return str(text)


def _params(options: Mapping[str, str], provider: str) -> dict[str, Any]:
    """Return `{provider}.params.x` as Anthropic's fields; other names pass through (facts 2.2)."""
    prefix = f"{provider}.params."
    params: dict[str, Any] = {}
    for key, value in options.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        if name == "stop":
            params["stop_sequences"] = [part.strip() for part in value.split(",")]
        elif name in ("top_k", "max_tokens"):
            params[name] = int(_as_number(key, value))
        elif name in ("temperature", "top_p"):
            params[name] = _as_number(key, value)
        else:
            params[name] = _literal(value)
    return params


def _as_number(key: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as e:
        raise ModelError(f"The option '{key}' must be a number, not '{value}'.") from e


def _literal(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _number(options: Mapping[str, str], key: str, default: str | float) -> float:
    return _as_number(key, str(options.get(key, default)))


def _refusal(reply: ModelReply) -> str:
    try:
        answer = json.loads(reply.body)
        said = answer.get("message") or answer.get("Message") or ""
    except (ValueError, AttributeError):
        said = reply.body.decode(errors="replace")[:500]
    head = (
        f"Runtime received bad response code {reply.status}. Please also double check if your "
        "model has multiple versions."
    )
    return f"{head} The provider says: {said}" if said else head


def _in_parallel(
    work: Callable[[tuple[Any, ...]], None],
    items: list[tuple[Any, ...]],
    parallelism: int,
    stopped: threading.Event,
) -> None:
    """Do all the work with so many threads; the first error ends it and is raised."""
    left, errors = deque(items), list[BaseException]()

    def run() -> None:
        while not errors and not stopped.is_set():
            try:
                item = left.popleft()
            except IndexError:
                return
            try:
                work(item)
            except Exception as e:  # raised again below, in the caller's thread
                errors.append(e)

    names = [f"runthrough-model-{n}" for n in range(min(parallelism, len(items)))]
    threads = [threading.Thread(target=run, name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
