"""The API without HTTP: keys, routes, limits, and who answers.

Sources: design 4; the public reference. Statuses and texts of a missing and a wrong key, of an
unknown model and of an unknown path are seen; that of a model that was retired is ours, and so are
502 and 504, which say that the server behind `--llm` gave no answer.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

from runthrough.emulator.openai.catalogue import Model, read_catalogue
from runthrough.emulator.openai.chat_reply import tokens_of, write_chunks, write_completion
from runthrough.emulator.openai.chat_request import read_chat
from runthrough.emulator.openai.embeddings import read_embedding, write_embeddings
from runthrough.emulator.openai.fields import Json, read_object, text
from runthrough.emulator.openai.limits import Limits
from runthrough.emulator.openai.replies import (
    EventStream,
    Refused,
    Reply,
    event,
    invalid,
    json_reply,
    not_emulated,
    refusal_body,
    refusal_reply,
)
from runthrough.emulator.openai.routes import find, other_methods
from runthrough.emulator.standins import (
    Answer,
    NoAnswer,
    Responder,
    Streamer,
    Telling,
    count_input,
    respond,
)
from runthrough.emulator.world import Clock, OpenAiAccount

VERSION = "2020-10-01"
_KEYS_PAGE = "https://platform.openai.com/account/api-keys"


class OpenAi:
    """Answers for one account.

    Args:
        account: its keys and limits.
        clock: where the time is from, for `created`, limits and retired models.
        responder: who answers chats.
    """

    def __init__(
        self, account: OpenAiAccount, *, clock: Clock, responder: Responder = respond
    ) -> None:
        self._account, self._clock, self._respond = account, clock, responder
        self._limits = Limits(account)
        self._handlers: Mapping[str, Callable[..., Reply | EventStream]] = {
            "chat": self._chat,
            "embeddings": self._embeddings,
            "models": self._list_models,
            "model": self._get_model,
        }

    def answer(self, method: str, path: str, body: bytes, *, key: str) -> Reply | EventStream:
        """Answer one request; `key` is what stood after `Bearer`, '' where nothing did."""
        began = time.monotonic()
        try:
            reply = self._carry_out(method, path, body, key)
        except Refused as refused:
            reply = refusal_reply(refused)
        headers = {
            "x-request-id": f"req_{uuid4().hex}",
            "openai-organization": self._account.organization,
            "openai-processing-ms": str(int((time.monotonic() - began) * 1000)),
            "openai-version": VERSION,
            **reply.headers,
        }
        if isinstance(reply, EventStream):
            return replace(reply, headers=headers)
        return Reply(reply.status, reply.body, headers)

    def _carry_out(self, method: str, path: str, body: bytes, key: str) -> Reply | EventStream:
        found = find(method, path)
        if found is None:
            allowed = other_methods(path)
            if allowed:
                message = f"Not allowed to {method} on {path} (HINT: Perhaps you meant to use a"
                hint = f"{message} different HTTP method?)"
                raise Refused(405, hint, headers={"Allow": ", ".join(allowed)})
            raise Refused(404, f"Invalid URL ({method} {path})")
        route, values = found
        if route.handler is None:
            raise not_emulated(f"{method} {route.path}")
        self._check_key(key)
        return self._handlers[route.handler](body, **values)

    def _check_key(self, key: str) -> None:
        given = key.encode("utf-8", "surrogateescape")
        known = [one.secret.get_secret_value().encode() for one in self._account.keys]
        # Every key is compared, in constant time, so that an answer's time tells nothing.
        if any([hmac.compare_digest(given, one) for one in known]):
            return
        if not key:
            raise Refused(
                401,
                "You didn't provide an API key. You need to provide your API key in an"
                " Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You"
                f" can obtain an API key from {_KEYS_PAGE}.",
            )
        shown = f"{key[:3]}{'*' * 8}{key[-4:]}" if len(key) > 11 else "*" * len(key)
        message = f"Incorrect API key provided: {shown}. You can find your API key at {_KEYS_PAGE}."
        raise Refused(401, message, code="invalid_api_key")

    # --- chats and embeddings ------------------------------------------------------------------

    def _chat(self, body: bytes) -> Reply | EventStream:
        given = read_object(body)
        model = self._model(given)
        if model.embeds:
            raise Refused(
                404,
                "This is not a chat model and thus not supported in the v1/chat/completions"
                " endpoint. Did you mean to use v1/completions?",
                param="model",
            )
        request = read_chat(given, model)
        prompt = request.prompt
        wanted = max(request.asked_tokens or 0, count_input(prompt), 1)
        headers = self._limits.take(model.id, wanted, self._clock())
        created = int(self._clock().timestamp())
        try:
            if request.stream and request.choices == 1 and isinstance(self._respond, Streamer):
                begun = Answer("", "end_turn", count_input(prompt), 0)
                told = Telling(self._respond.stream(prompt), begun=begun)
                events = self._pass_on(write_chunks(request, [told], created=created), told)
                return EventStream(events, headers, waits=True)
            answers = [self._respond(prompt) for _ in range(request.choices)]
        except NoAnswer as e:
            raise _no_answer(e) from e
        self._limits.use(tokens_of(answers))
        if request.stream:
            tellings = [Telling.whole(one) for one in answers]
            return EventStream(write_chunks(request, tellings, created=created), headers)
        return json_reply(write_completion(request, answers, created=created), headers=headers)

    def _pass_on(self, events: Iterator[bytes], told: Telling) -> Iterator[bytes]:
        """Return the events of an answer that is still coming; count it at its end.

        Where it breaks off, an event tells of it in the form of an error's body, as clients expect.
        """
        with closing(told):
            try:
                yield from events
            except NoAnswer as e:
                yield event(refusal_body(_no_answer(e)))
            else:
                self._limits.use(tokens_of([told.answer]))

    def _embeddings(self, body: bytes) -> Reply:
        given = read_object(body)
        request = read_embedding(given, self._model(given))
        headers = self._limits.take(request.model.id, max(1, request.tokens), self._clock())
        self._limits.use(request.tokens)
        return json_reply(write_embeddings(request), headers=headers)

    def _model(self, body: Json) -> Model:
        if not body.get("model"):
            raise invalid("you must provide a model parameter")
        return self._known(
            text(body["model"], "model"),
            "The model `{}` does not exist or you do not have access to it.",
        )

    def _known(self, name: str, unknown: str, param: str | None = None) -> Model:
        model = read_catalogue().get(name)
        if model is None:
            message = unknown.format(name)
        elif model.is_retired(self._clock()):
            message = (
                f"The model `{name}` has been deprecated, learn more here:"
                " https://platform.openai.com/docs/deprecations"
            )
        else:
            return model
        raise Refused(404, message, code="model_not_found", param=param)

    # --- models --------------------------------------------------------------------------------

    def _list_models(self, _: bytes) -> Reply:
        now = self._clock()
        models = [one for one in read_catalogue().values() if not one.is_retired(now)]
        return json_reply({"object": "list", "data": [_write_model(one) for one in models]})

    def _get_model(self, _: bytes, *, model: str) -> Reply:
        return json_reply(
            _write_model(self._known(model, "The model '{}' does not exist", "model"))
        )


def _no_answer(problem: NoAnswer) -> Refused:
    return Refused(504 if problem.timed_out else 502, str(problem), kind="server_error")


def _write_model(model: Model) -> dict[str, object]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created_at(),
        "owned_by": "system",
    }
