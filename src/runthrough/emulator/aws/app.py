"""Bedrock and STS as an ASGI application.

Routes on the raw path, because an ARN in it carries an encoded slash (facts amazon-bedrock 1.2).
All hosts are one here, so the region of a call is the one it is signed for; where the request
names an AWS host, that host's region is the only valid one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from runthrough.emulator.aws import operations
from runthrough.emulator.aws.catalogue import Catalogue
from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.gates.chain import MAX_BODY
from runthrough.emulator.aws.replies import EventStream, Reply
from runthrough.emulator.aws.runtime.s3_sources import MARK
from runthrough.emulator.aws.sending import send_stream
from runthrough.emulator.aws.service import answer, open_account
from runthrough.emulator.aws.state import Aws
from runthrough.emulator.standins import Responder, respond
from runthrough.emulator.streaming import Receive, Send
from runthrough.emulator.world import AwsAccount, Clock

Scope = Mapping[str, Any]


QUICK_BODY = 8 * 1024
"""Bytes of a prompt that a stand-in answers at once, on the event loop."""
_CONVERSE = ("converse", "converse-stream")
_INVOKE = ("invoke", "invoke-with-response-stream")


@dataclass(frozen=True)
class _Body:
    kept: bytes
    sha256: str


def handles(scope: Scope) -> bool:
    """Whether a request is AWS's, judged before its body is read.

    By its path, by a signature of AWS's kind, by the header of a JSON 1.1 service, or by being an
    unsigned form sent to `/`.
    """
    if scope["type"] != "http":
        return False
    headers = {name.lower(): value for name, value in scope["headers"]}
    raw_path = _raw_path(scope)
    return (
        operations.root(raw_path) in operations.ROOTS
        or headers.get(b"authorization", b"").startswith(b"AWS4-HMAC-SHA256")
        or b"X-Amz-Algorithm=" in scope.get("query_string", b"")
        or b"x-amz-target" in headers
        or (raw_path == "/" and b"form-urlencoded" in headers.get(b"content-type", b""))
    )


class AwsApp:
    """The application that answers for one AWS account.

    Args:
        account: the account: its keys, and the regions it may use.
        started: when the emulator started; the lifetime of keys counts from here.
        clock: the world's clock, for the end of sessions and of models.
        responder: who answers prompts.
    """

    def __init__(
        self,
        account: AwsAccount,
        *,
        started: datetime,
        clock: Clock,
        responder: Responder = respond,
    ) -> None:
        self._own, self._started = account, started
        self._clock, self._responder = clock, responder
        self._aws = self._open(account)
        self._talkers = _talkers(self._aws.catalogue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the AWS side of the emulator speaks HTTP, not {scope['type']}")
        body = await _read_body(receive)
        request = _request(scope, body)
        if self._is_quick(request):
            reply = answer(self._aws, request)
        else:
            # Long texts, pictures and other servers must not hold up the other routes.
            reply = await run_in_threadpool(answer, self._aws, request)
        await _send(reply, dict(scope), receive, send)

    def _is_quick(self, request: SignedRequest) -> bool:
        """Whether a request is answered in less time than handing it to a thread would take.

        Pictures and embeddings take longer, what an ARN names is not known yet, and S3 is another
        server.
        """
        if self._responder is not respond or len(request.body) > QUICK_BODY:
            return False
        if MARK in request.body:
            return False
        _, _, rest = request.raw_path.partition("/model/")
        model, _, operation = rest.partition("/")
        return operation in _CONVERSE or (operation in _INVOKE and unquote(model) in self._talkers)

    def change(self, more: Mapping[str, Any]) -> None:
        """Go on with another account: the world's, and over it these members of a world's `aws`.

        What the account kept (agreements, quotas used, keys made by STS) begins anew.

        Raises:
            EmulatorError: the members make no account.
        """
        self._aws = self._open(self._own.with_members(more))

    def restore(self) -> None:
        """Go on with the world's own account, from its start."""
        self._aws = self._open(self._own)

    def _open(self, account: AwsAccount) -> Aws:
        return open_account(
            account, started=self._started, clock=self._clock, responder=self._responder
        )


def _talkers(catalogue: Catalogue) -> frozenset[str]:
    """Return the ids, and ids of profiles, of the models that answer in words."""
    talkers = [m for m in catalogue.models if isinstance(FAMILIES.get(m.api), TextFamily)]
    profiles = (f"{prefix}.{one.id}" for one in talkers for prefix in one.profiles)
    return frozenset((*(one.id for one in talkers), *profiles))


async def _send(reply: Reply | EventStream, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"x-amzn-RequestId": str(uuid4()), **(reply.headers or {})}
    if isinstance(reply, Reply):
        response = Response(reply.body, reply.status, headers, reply.content_type)
        await response(scope, receive, send)  # type: ignore[arg-type]
        return
    await send_stream(reply, headers, receive, send)


def _raw_path(scope: Scope) -> str:
    return (
        bytes(scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    )


def _request(scope: Scope, body: _Body) -> SignedRequest:
    return SignedRequest(
        method=scope["method"],
        raw_path=_raw_path(scope),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape"))
            for name, value in scope["headers"]
        ),
        body=body.kept,
        body_hash=body.sha256,
    )


async def _read_body(receive: Receive) -> _Body:
    """Read the body, and keep no more of it than shows that it is too long."""
    kept, digest = bytearray(), hashlib.sha256()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        digest.update(chunk)
        kept += chunk[: MAX_BODY + 1 - len(kept)]
        if not message.get("more_body", False):
            break
    return _Body(bytes(kept), digest.hexdigest())
