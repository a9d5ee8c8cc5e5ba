"""Bedrock and STS as an ASGI application.

Routes on the raw path, because an ARN in it carries an encoded slash (facts amazon-bedrock 1.2).
All hosts are one here, so the region of a call is the one it is signed for; where the request
names an AWS host, that host's region is the only valid one.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from runthrough.emulator.aws import control, converse, embeddings, messages, operations, sts
from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates import Gates
from runthrough.emulator.aws.keys import KeyRing
from runthrough.emulator.aws.operations import Operation
from runthrough.emulator.aws.replies import (
    Refused,
    Reply,
    bearer_refusal,
    invalid,
    json_refusal,
    json_reply,
    not_emulated,
    target_refusal,
    unknown_operation,
)
from runthrough.emulator.aws.signing import SignedRequest, Signer, scope_service, verify
from runthrough.emulator.standins import respond
from runthrough.emulator.world import AwsAccount, Clock

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

MAX_BODY = 25_000_000
_AWS_HOST = re.compile(r"[a-z0-9-]+\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?::\d+)?")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_EMBEDDINGS = "titan-embeddings"
_ROUTED_CALLS = frozenset({"InvokeModel", "Converse"})


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
        or b"x-amz-target" in headers
        or (raw_path == "/" and b"form-urlencoded" in headers.get(b"content-type", b""))
    )


def aws_app(account: AwsAccount, *, started: datetime, clock: Clock) -> ASGIApp:
    """Return the application that answers for one AWS account.

    Args:
        account: the account: its keys, and the regions it may use.
        started: when the emulator started; the lifetime of keys counts from here.
        clock: the world's clock, for the end of sessions and of models.
    """
    aws = _Aws(account, started=started, clock=clock)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the AWS side of the emulator speaks HTTP, not {scope['type']}")
        body = await _read_body(receive)
        # Signing and summarizing cost processor time: they must not hold up the other routes.
        reply = await run_in_threadpool(aws.answer, _request(scope, body))
        headers = {"x-amzn-RequestId": str(uuid4()), **(reply.headers or {})}
        response = Response(reply.body, reply.status, headers, reply.content_type)
        await response(dict(scope), receive, send)  # type: ignore[arg-type]

    return app


class _Aws:
    def __init__(self, account: AwsAccount, *, started: datetime, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._keys = KeyRing(account.keys, started=started)
        self._catalogue = read_catalogue()
        self._regions = self._catalogue.regions
        self._gates = Gates(self._catalogue, account_id=account.account_id)

    def answer(self, request: SignedRequest) -> Reply:
        if request.raw_path == "/":
            return self._answer_service(request)
        found = operations.find(request.method, request.raw_path)
        if found is None:
            return unknown_operation()
        if (request.header("authorization") or "").startswith("Bearer "):
            return bearer_refusal()  # no world has Bedrock API keys
        try:
            return self._answer_bedrock(request, *found)
        except Refused as refused:
            return json_refusal(refused)

    def _answer_service(self, request: SignedRequest) -> Reply:
        """Answer what is told apart by its body or a header: STS, Service Quotas, and others."""
        target = request.header("x-amz-target")
        service = scope_service(request.header("authorization") or "")
        if target is not None:
            try:
                self._verify(request, service or "servicequotas")
                raise not_emulated(f"The operation {target}")
            except Refused as refused:
                return target_refusal(refused)
        form = request.body.decode("utf-8", "replace") if request.method == "POST" else ""
        parameters = dict(parse_qsl(request.query) + parse_qsl(form))
        if "Action" not in parameters:
            return unknown_operation()
        try:
            signer = self._verify(request, service or sts.SERVICE)
            if service != sts.SERVICE:
                raise not_emulated(f"The AWS service {service!r}")
            return sts.call(
                parameters,
                signer=signer,
                account_id=self._account.account_id,
                keys=self._keys,
                now=self._clock(),
            )
        except Refused as refused:
            return sts.refuse(refused)

    def _answer_bedrock(
        self, request: SignedRequest, operation: Operation, parameters: Mapping[str, str]
    ) -> Reply:
        signer = self._verify(request, "bedrock", self._regions)
        self._check_region(operation, parameters, signer)
        if not operation.emulated:
            raise not_emulated(operation.name)
        if operation.name in _ROUTED_CALLS:
            return self._call_model(request, operation, parameters["modelId"], signer.region)
        return self._read(operation, parameters, dict(parse_qsl(request.query)), signer.region)

    def _verify(
        self, request: SignedRequest, service: str, regions: frozenset[str] | None = None
    ) -> Signer:
        host = _AWS_HOST.fullmatch(request.header("host") or "")

        def is_region(name: str) -> bool:
            if host is not None:
                return name == host[1]
            return bool(_REGION.fullmatch(name)) if regions is None else name in regions

        return verify(
            request, keys=self._keys, service=service, is_region=is_region, clock=self._clock
        )

    def _check_region(
        self, operation: Operation, parameters: Mapping[str, str], signer: Signer
    ) -> None:
        """Refuse regions closed to the account, as its organisation's policy does (facts 5.1)."""
        if signer.region in self._account.bedrock_regions:
            return
        named = next(iter(parameters.values()), "*")
        resource = (
            named
            if named.startswith("arn:") or named == "*"
            else (f"arn:aws:bedrock:{signer.region}::foundation-model/{named}")
        )
        action = "InvokeModel" if operation.name == "Converse" else operation.name
        raise Refused(
            403,
            "AccessDeniedException",
            f"User: {signer.key.arn} is not authorized to perform: bedrock:{action} on resource: "
            f"{resource} with an explicit deny in a service control policy",
        )

    def _call_model(
        self, request: SignedRequest, operation: Operation, model_id: str, region: str
    ) -> Reply:
        began = time.monotonic()
        model = self._gates.open(model_id, region=region, now=self._clock())
        if len(request.body) > MAX_BODY:
            raise invalid(
                "1 validation error detected: Value at 'body' failed to satisfy constraint: Member "
                f"must have length less than or equal to {MAX_BODY}"
            )
        _check_emulated(operation, model, request)
        body = read_object(request.body)
        if model.api == _EMBEDDINGS:
            asked = embeddings.read_request(body, model)
            counted = {"X-Amzn-Bedrock-Input-Token-Count": str(asked.tokens)}
            return json_reply(embeddings.write_answer(asked), headers=counted)
        reads = messages if operation.name == "InvokeModel" else converse
        answer = respond(reads.read_prompt(body, model))
        latency_ms = int((time.monotonic() - began) * 1000)
        if operation.name == "Converse":
            return json_reply(converse.write_reply(answer, model, body=body, latency_ms=latency_ms))
        headers = {
            "X-Amzn-Bedrock-Input-Token-Count": str(answer.input_tokens),
            "X-Amzn-Bedrock-Output-Token-Count": str(answer.output_tokens),
            "X-Amzn-Bedrock-Invocation-Latency": str(latency_ms),
        }
        return json_reply(messages.write_answer(answer, model), headers=headers)

    def _read(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        query: Mapping[str, str],
        region: str,
    ) -> Reply:
        catalogue, now, owner = self._catalogue, self._clock(), self._account.account_id
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "ListFoundationModels": lambda: control.list_models(
                catalogue, query, region=region, now=now
            ),
            "GetFoundationModel": lambda: control.get_model(
                catalogue, parameters["modelId"], region=region, now=now
            ),
            "ListInferenceProfiles": lambda: control.list_profiles(
                catalogue, query, region=region, account_id=owner, now=now
            ),
            "GetInferenceProfile": lambda: control.get_profile(
                catalogue, parameters["profileId"], region=region, account_id=owner, now=now
            ),
        }
        return json_reply(answers[operation.name]())


def _check_emulated(operation: Operation, model: Model, request: SignedRequest) -> None:
    embeds = model.api == _EMBEDDINGS and operation.name == "InvokeModel"
    if model.api != "anthropic-messages" and not embeds:
        raise not_emulated(f"{operation.name} with {model.id}")
    if request.header("x-amzn-bedrock-guardrailidentifier") is not None:
        raise not_emulated("InvokeModel with a guardrail")


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
