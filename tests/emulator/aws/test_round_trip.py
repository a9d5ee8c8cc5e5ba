"""Every operation, asked anything that botocore lets through, gives what botocore can read.

Arguments are drawn from the published input shapes; ids of models and the like are mostly real
ones, so that answers come as well as refusals. An answer has to fit the published output shape; a
refusal has to be one that AWS has, or say what is not emulated.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.aws.control.routes import OPERATIONS as CONTROL
from runthrough.emulator.aws.runtime.routes import OPERATIONS as RUNTIME
from tests.emulator.aws.conftest import FakeAws
from tests.emulator.aws.shapes import violations

MODELS = (
    "us.anthropic.claude-sonnet-4-6",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.titan-embed-text-v2:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "anthropic.claude-v2",
    "no.such-model",
)
ARN = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"
BODIES = (
    b"{}",
    b'{"inputText": "a quiet room"}',
    b'{"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,'
    b' "messages": [{"role": "user", "content": "hello"}]}',
    b'{"messages": [{"role": "user", "content": [{"text": "hello"}]}]}',
    b"not JSON",
)
REAL: dict[str, tuple[Any, ...]] = {
    "modelId": MODELS,
    "modelIdentifier": (*MODELS, ARN),
    "inferenceProfileIdentifier": (MODELS[0], PROFILE, "nobody"),
    "copyFrom": (ARN, PROFILE),
    "resourceARN": (ARN, PROFILE),
    "body": BODIES,
    "role": ("user", "assistant"),
    "contentType": ("application/json",),
    "accept": ("application/json", "*/*"),
    "nextToken": ("nonsense",),
    "uri": ("s3://bucket/key",),
    "s3Uri": ("s3://bucket/key",),
}
"""Values by the name of a member, where what is drawn blindly would never lead anywhere."""

DEEP = 5
"""How deep a structure may lie and still have members that it could do without."""

FAMILIAR = {
    *("ValidationException", "AccessDeniedException", "ResourceNotFoundException"),
    *("ConflictException", "ThrottlingException", "ServiceQuotaExceededException"),
    *("TooManyTagsException", "ModelErrorException", "ModelTimeoutException"),
    *("ResourceInUseException", "ModelNotReadyException"),
}

CASES = [
    pytest.param(service, operation.name, id=operation.name)
    for service, operations in (("bedrock", CONTROL), ("bedrock-runtime", RUNTIME))
    for operation in operations
    if operation.emulated
]


def argument(shape: Shape, name: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Draw a value of a shape that passes botocore's own check of arguments."""
    if name in REAL:
        return st.sampled_from(REAL[name])
    if getattr(shape, "is_document_type", False):
        return st.dictionaries(st.sampled_from(["top_k", "a", "json"]), st.integers(0, 9))
    in_path = shape.serialization.get("location") == "uri"
    least = max(int(shape.metadata.get("min", 0)), 1 if in_path else 0)
    match shape.type_name:
        case "structure":
            return structure(shape, depth)
        case "list":
            least = max(least, 1)
            return st.lists(argument(shape.member, name, depth + 1), min_size=least, max_size=least)
        case "map":
            return st.dictionaries(
                argument(shape.key, "", depth), argument(shape.value, "", depth), max_size=2
            )
        case "string" if shape.enum:
            return st.sampled_from([*shape.enum, "somethingElse"])
        case "string":
            return st.text("abcXYZ09-", min_size=least, max_size=least + 5)
        case "blob":
            return st.binary(min_size=least, max_size=least + 8)
        case "timestamp":
            return st.datetimes()
        case "boolean":
            return st.booleans()
        case "float" | "double":
            return st.floats(0, 2)
        case _:
            return st.integers(least, int(shape.metadata.get("max", least + 100)))


def structure(shape: Shape, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw all that is required and a few others; deep inside, nothing that is not required."""
    members = shape.members
    if shape.is_tagged_union:
        kinds = members if depth < DEEP else dict([next(iter(members.items()))])
        drawn = {name: argument(inner, name, depth + 1) for name, inner in kinds.items()}
        return st.one_of([st.fixed_dictionaries({name: value}) for name, value in drawn.items()])
    required = {name: argument(members[name], name, depth + 1) for name in shape.required_members}
    others = sorted(set(members) - set(required)) if depth < DEEP else []
    few = st.sets(st.sampled_from(others), max_size=2) if others else st.just(set())
    return few.flatmap(
        lambda chosen: st.fixed_dictionaries(
            {**required, **{n: argument(members[n], n, depth + 1) for n in sorted(chosen)}}
        )
    )


@pytest.mark.parametrize(("service", "name"), CASES)
def test_an_answer_can_be_read_and_a_refusal_is_known(
    aws: FakeAws, service: str, name: str
) -> None:
    client = aws.client(service)
    described = client.meta.service_model.operation_model(name)
    method = next(m for m, api in client.meta.method_to_api_mapping.items() if api == name)
    answers: list[tuple[int, bytes]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        answers.append((response_dict["status_code"], response_dict["body"]))

    client.meta.events.register("before-parse", keep)
    shape = described.input_shape
    drawn = st.just({}) if shape is None else structure(shape, 0)

    @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
    @given(drawn)
    def ask(arguments: dict[str, Any]) -> None:
        answers.clear()
        try:
            answer = getattr(client, method)(**arguments)
        except ClientError as e:
            check_refusal(e.response)
            return
        if described.has_event_stream_output:
            read_events(answer)
        elif described.get_streaming_output() is None:
            assert violations(service, name, *answers[-1]) == []
        else:
            json.loads(answer["body"].read())

    ask()


def check_refusal(response: dict[str, Any]) -> None:
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    error = response["Error"]
    if status == 501:
        assert "is not emulated" in error["Message"]
        return
    assert 400 <= status < 500, response
    assert error["Code"] in FAMILIAR, response
    assert error["Message"], response


def read_events(answer: dict[str, Any]) -> None:
    stream = answer.get("stream", answer.get("body"))
    events = [next(iter(event)) for event in stream]
    assert events
    assert events[-1] in {"metadata", "chunk"}
