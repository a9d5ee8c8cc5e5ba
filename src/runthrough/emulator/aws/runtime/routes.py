"""The operations of `bedrock-runtime` (facts amazon-bedrock 2.1)."""

from __future__ import annotations

from runthrough.emulator.aws.operation import Operation
from runthrough.emulator.aws.runtime.apply_guardrail import apply_guardrail
from runthrough.emulator.aws.runtime.async_invoke import (
    get_async_invoke,
    list_async_invokes,
    start_async_invoke,
)
from runthrough.emulator.aws.runtime.converse import converse
from runthrough.emulator.aws.runtime.counting import count_tokens
from runthrough.emulator.aws.runtime.invoke import invoke_model
from runthrough.emulator.aws.runtime.streams import stream_conversation, stream_model

_ASYNC = "/async-invoke"
_MODEL = "/model/{modelId}"
_STREAM = "InvokeModelWithResponseStream"
_CONVERSE = "no tools that the service itself runs"
OPERATIONS = (
    Operation("InvokeModel", "POST", f"{_MODEL}/invoke", invoke_model),
    Operation("Converse", "POST", f"{_MODEL}/converse", converse, "InvokeModel", note=_CONVERSE),
    Operation(_STREAM, "POST", f"{_MODEL}/invoke-with-response-stream", stream_model, streams=True),
    Operation(
        "InvokeModelWithBidirectionalStream", "POST", f"{_MODEL}/invoke-with-bidirectional-stream"
    ),
    Operation(
        "ConverseStream",
        "POST",
        f"{_MODEL}/converse-stream",
        stream_conversation,
        _STREAM,
        streams=True,
        note=_CONVERSE,
    ),
    Operation("CountTokens", "POST", f"{_MODEL}/count-tokens", count_tokens),
    Operation(
        "ApplyGuardrail",
        "POST",
        "/guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply",
        apply_guardrail,
        note="policies of words",
    ),
    Operation("InvokeGuardrailChecks", "POST", "/guardrail-checks/invoke"),
    Operation(
        "StartAsyncInvoke", "POST", _ASYNC, start_async_invoke, "InvokeModel", note="no videos"
    ),
    Operation("GetAsyncInvoke", "GET", f"{_ASYNC}/{{invocationArn}}", get_async_invoke),
    Operation("ListAsyncInvokes", "GET", _ASYNC, list_async_invokes),
)
