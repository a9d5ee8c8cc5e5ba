"""Model calls of a statement: requests, answers, retries, and how many there were.

Sources: facts/flink-sql-ai.md 2.1-2.4 (options, errors) and 4.1 (the call's option map). Bodies
are those of `format_table`; who answers is behind `ModelProvider`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.running.format_table import format_of
from runthrough.emulator.flink.running.model_formats import Question, as_number, read_params
from runthrough.emulator.flink.running.model_values import BodyError
from runthrough.errors import EmulatorError

DEFAULT_PARALLELISM = 10
DEFAULT_RETRIES = 3
DEFAULT_TIMEOUT = 30.0
"""Defaults of a call's options (facts 4.1); the timeout in seconds."""

Item = TypeVar("Item")

_FIRST_PAUSE = 0.05
_SHOWN = 1000
"""Characters of a request and of its answer that `debug` shows."""

_TIMED_OUT, _BUSY, _NOT_EMULATED = 408, 429, 501

_SAGEMAKER_HEADERS = {
    "custom_attributes": "X-Amzn-SageMaker-Custom-Attributes",
    "enable_explanations": "X-Amzn-SageMaker-Enable-Explanations",
    "inference_component_name": "X-Amzn-SageMaker-Inference-Component",
    "inference_id": "X-Amzn-SageMaker-Inference-Id",
    "target_container_hostname": "X-Amzn-SageMaker-Target-Container-Hostname",
    "target_model": "X-Amzn-SageMaker-Target-Model",
    "target_variant": "X-Amzn-SageMaker-Target-Variant",
}


@dataclass(frozen=True)
class ModelRequest:
    """One call: where to, with which credentials, what; `timeout` in seconds.

    Attributes:
        content_type: of the body; `accept` is that of the answer.
        headers: others, which options of the model ask for.
    """

    provider: str
    endpoint: str
    credentials: Mapping[str, SecretStr] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float
    content_type: str = "application/json"
    accept: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


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


class NoProvider(EmulatorError):
    """Nobody in the emulator stands behind an endpoint."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"not emulated: no provider behind {endpoint}; the live target has it")


class Providers:
    """Sends each call to the provider of its kind (`openai`, `bedrock`, …)."""

    def __init__(self, by_kind: Mapping[str, ModelProvider]) -> None:
        self._by_kind = dict(by_kind)

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Answer one call. Raises NoProvider where nobody is of that kind."""
        provider = self._by_kind.get(request.provider)
        if provider is None:
            raise NoProvider(request.endpoint)
        return provider.invoke(request)


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
        """Prepare calls. Raises ModelError where model and format do not go together."""
        self._model, self._endpoint, self._credentials = model, endpoint, credentials
        self._provider, self._meter, self._stopped = provider, meter, stopped
        self._kind = model.options.get("provider", "").lower()
        self._system = self._option("system_prompt")
        self._answers: dict[bytes, tuple[Any, ...]] = {}
        try:
            self._format = format_of(model.options, self._kind, endpoint)
            self._params = read_params(model.options, self._kind)
            self._format.check(model, self._params, self._system)
            own_timeout = self._option("client_timeout") or DEFAULT_TIMEOUT
            self._timeout = _number(options, "client_timeout", own_timeout)
            self._retries = int(_number(options, "retry_count", DEFAULT_RETRIES))
            wanted = int(_number(options, "max_parallelism", DEFAULT_PARALLELISM))
        except BodyError as e:
            raise ModelError(f"Model '{model.name}': {e}.") from e
        alone = options.get("async_enabled", "true").lower() == "false"
        self._parallelism = 1 if alone else max(1, wanted)
        self._debug = options.get("debug", "false").lower() == "true"

    def _option(self, name: str) -> str:
        return self._model.options.get(f"{self._kind}.{name}", "")

    def answers(self, inputs: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the outputs of each input, in their order; NULL in, NULL out, without a call.

        Raises:
            ModelError: a call failed after its retries.
        """
        keys = [_digest(question) for question in inputs]
        new = {
            key: question
            for key, question in zip(keys, inputs, strict=True)
            if key not in self._answers and None not in question
        }
        in_parallel(self._ask, list(new.items()), self._parallelism, self._stopped)
        nothing = (None,) * len(self._model.outputs)
        return [self._answers.get(key, nothing) for key in keys]

    def _ask(self, asked: tuple[bytes, tuple[Any, ...]]) -> None:
        key, question = asked
        request = self._request(question)
        reply = self._invoke(request)
        if reply.status != 200:
            raise ModelError(self._refusal(request, reply))
        try:
            answer = self._format.read(reply.body, self._model)
        except BodyError as e:
            text = (
                f"Model '{self._model.name}': the answer is not of the format "
                f"{self._format.name}: {e}"
            )
            raise ModelError(text + self._details(request, reply)) from e
        self._meter.count_tokens(answer.sent, answer.received)
        self._answers[key] = answer.values

    def _request(self, values: tuple[Any, ...]) -> ModelRequest:
        kind, name = self._kind, self._option("model_version")
        question = Question(
            self._model, values, self._params, self._system, name, kind == "bedrock"
        )
        try:
            body = self._format.write(question)
        except (BodyError, ValueError) as e:
            raise ModelError(f"Model '{self._model.name}': {e}.") from e
        content_type = self._option("input_content_type") or self._format.content_type
        options = self._model.options
        named = {k: options.get(f"sagemaker.{k}") for k in _SAGEMAKER_HEADERS}
        return ModelRequest(
            kind,
            self._endpoint,
            self._credentials,
            body,
            self._timeout,
            content_type,
            self._option("output_content_type") or content_type,
            {_SAGEMAKER_HEADERS[k]: v for k, v in named.items() if v and kind == "sagemaker"},
        )

    def _invoke(self, request: ModelRequest) -> ModelReply:
        pause = _FIRST_PAUSE
        for attempt in range(self._retries + 1):
            self._meter.count_call()
            try:
                reply = self._provider.invoke(request)
            except NoProvider as e:
                raise ModelError(f"Model '{self._model.name}': {e}") from e
            except EmulatorError as e:
                raise ModelError(f"Model '{self._model.name}' gave no answer: {e}") from e
            if reply.status not in (_TIMED_OUT, _BUSY) and reply.status < 500:
                break
            last = reply.status == _NOT_EMULATED or attempt == self._retries
            if last or self._stopped.wait(pause):
                break
            pause *= 2
        return reply

    def _refusal(self, request: ModelRequest, reply: ModelReply) -> str:
        head = (
            f"Runtime received bad response code {reply.status}. Please also double check if your "
            "model has multiple versions."
        )
        said = _said(reply.body)
        told = f"{head} The provider says: {said}" if said else head
        return told + self._details(request, reply)

    def _details(self, request: ModelRequest, reply: ModelReply) -> str:
        """Return what `debug` adds: both bodies, without secrets (facts 4.1; our words)."""
        if not self._debug:
            return ""
        bodies = [b.decode(errors="replace")[:_SHOWN] for b in (request.body, reply.body)]
        text = f"\nRequest to {request.endpoint}: {bodies[0]}\nAnswer {reply.status}: {bodies[1]}"
        for secret in self._credentials.values():
            if value := secret.get_secret_value():
                text = text.replace(value, "******")
        return text


def _digest(question: tuple[Any, ...]) -> bytes:
    """Return what stands for a question that was asked: a prompt may be longer than a page."""
    return hashlib.sha256(repr(hashable(question)).encode("utf-8", "surrogatepass")).digest()


def hashable(value: Any) -> Any:
    """Return a value of SQL as something that can be a key of a dict."""
    if isinstance(value, list | tuple):
        return tuple(hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((hashable(k), hashable(v)) for k, v in value.items())
    return value


def _number(options: Mapping[str, str], key: str, default: str | float) -> float:
    return as_number(key, str(options.get(key, default)))


def _said(body: bytes) -> str:
    """Return what a provider says of its refusal: AWS's `message`, or OpenAI's `error.message`."""
    try:
        answer = json.loads(body)
        error = answer.get("error")
        inner = error.get("message") if isinstance(error, dict) else None
        return str(inner or answer.get("message") or answer.get("Message") or "")
    except (ValueError, AttributeError):
        return body.decode(errors="replace")[:500]


def in_parallel(
    work: Callable[[Item], None],
    items: list[Item],
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
