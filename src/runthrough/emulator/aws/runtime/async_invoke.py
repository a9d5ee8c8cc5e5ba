"""StartAsyncInvoke, GetAsyncInvoke, ListAsyncInvokes.

Source: facts amazon-bedrock 2.10; limits as botocore's description of the service has them. The
text for a model that has no such calls is a capture in a public issue (2025); that an unknown job
is a ValidationException follows from the description, which has no other error for it. That
the job's folder is part of the URI that is told is from public examples. The other texts are ours,
and lists begin with the newest job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.async_invokes.buckets import S3_URI, Folder
from runthrough.emulator.aws.async_invokes.store import Job
from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.control.bodies import stamp, tags, time_of
from runthrough.emulator.aws.control.pages import page_of
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import DataFamily
from runthrough.emulator.aws.fields import broken_rule, member_text, missing, read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.replies import Reply, invalid, json_reply, not_emulated
from runthrough.emulator.aws.runtime.converse_fields import (
    matched_text,
    object_at,
    one_member,
    required_object,
)
from runthrough.emulator.aws.state import Aws, Call

ASYNC_FAMILIES = ("twelvelabs-marengo",)
"""The families whose models can be called so, and whose answers are emulated."""

_MODEL_ID = re.compile(r"[a-zA-Z_\.\-/0-9:]+")
_TOKEN = re.compile(r"[!-~]*")
_KMS_KEY = re.compile(
    r"arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+))"
)
_OWNER = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:async-invoke/[a-z0-9]{12}")
_STATUSES = ("InProgress", "Completed", "Failed")
_PLACE = "outputDataConfig.s3OutputDataConfig"
_OUTPUT = "output.json"


def start_async_invoke(aws: Aws, call: Call) -> Reply:
    """Answer StartAsyncInvoke.

    Raises:
        Refused: a gate is shut, the request does not fit, the model has no such calls, or its
            answer is not emulated.
    """
    body = read_object(call.request.body)
    model_id = matched_text(body, "modelId", "", _MODEL_ID, 256)
    model = open_model(aws, call, model_id)
    token = _optional(body, "clientRequestToken", "", _TOKEN, 256)
    folder = _read_folder(body)
    labels = tags(body.get("tags")) if body.get("tags") is not None else {}
    family = _family(model, call)
    given = body.get("modelInput")
    if given is None:
        raise missing("modelInput")
    if not isinstance(given, dict):
        raise invalid("The provided request is not valid")

    def answer() -> Mapping[str, bytes]:
        result = family.invoke(given, model)
        call.charge.settle(input_tokens=result.input_tokens, output_tokens=0)
        return {_OUTPUT: json.dumps(result.body).encode()}

    # A request that was made before takes nothing; a new one settles again once it is answered.
    call.charge.settle(input_tokens=0, output_tokens=0)
    asked = {name: value for name, value in body.items() if name != "clientRequestToken"}
    job = aws.async_invokes.start(
        region=call.region,
        model_arn=model.arn(call.region),
        token=token,
        asked=json.dumps(asked, sort_keys=True),
        folder=folder,
        answer=answer,
    )
    if aws.tags.of(job.arn) is None:
        aws.tags.begin(job.arn, labels)
    return json_reply({"invocationArn": job.arn})


def get_async_invoke(aws: Aws, call: Call) -> Reply:
    """Answer GetAsyncInvoke. Raises Refused where there is no such job."""
    arn = call.parameters["invocationArn"]
    if not _ARN.fullmatch(arn):
        rule = f"Member must satisfy regular expression pattern: {_ARN.pattern}"
        raise broken_rule(arn, "invocationArn", rule)
    job = aws.async_invokes.get(arn, call.region)
    if job is None:
        raise invalid(f"There is no async invocation {arn}.")
    return json_reply(_describe(job))


def list_async_invokes(aws: Aws, call: Call) -> Reply:
    """Answer ListAsyncInvokes, page by page.

    Raises:
        Refused: a bad filter, order, page size or token.
    """
    query = call.query
    after, before = (time_of(query, f"submitTime{end}") for end in ("After", "Before"))
    status = _one_of(query, "statusEquals", _STATUSES)
    _one_of(query, "sortBy", ("SubmissionTime",))
    order = _one_of(query, "sortOrder", ("Ascending", "Descending"))
    jobs = [
        job
        for job in aws.async_invokes.of(call.region)
        if (after is None or job.submitted > after)
        and (before is None or job.submitted < before)
        and status in (None, job.status)
    ]
    jobs.sort(key=lambda job: job.submitted, reverse=order != "Ascending")
    entries = [_describe(job) for job in jobs]
    return json_reply(page_of(entries, query, name="asyncInvokeSummaries"))


def _family(model: Model, call: Call) -> DataFamily:
    """Return the family that answers. Raises Refused where the model has no such calls."""
    family = FAMILIES.get(model.api)
    if model.api in ASYNC_FAMILIES and isinstance(family, DataFamily):
        return family
    if "VIDEO" in model.output:
        raise not_emulated(f"{call.operation} with {model.id}")
    raise invalid("The provided request is not valid")


def _read_folder(body: Mapping[str, Any]) -> Folder:
    config = required_object(body, "outputDataConfig", "")
    _, inner = one_member(
        config, "outputDataConfig", ("s3OutputDataConfig",), "AsyncInvokeOutputDataConfig"
    )
    given = object_at(inner, _PLACE)
    uri = matched_text(given, "s3Uri", _PLACE, S3_URI, 1024)
    kms_key = _optional(given, "kmsKeyId", _PLACE, _KMS_KEY, 2048)
    owner = _optional(given, "bucketOwner", _PLACE, _OWNER, 12)
    return Folder(uri.rstrip("/"), kms_key, owner)


def _optional(
    parent: Mapping[str, Any], name: str, place: str, pattern: re.Pattern[str], longest: int
) -> str:
    if member_text(parent, name, f"{place}.{name}" if place else name) is None:
        return ""
    return matched_text(parent, name, place, pattern, longest)


def _describe(job: Job) -> dict[str, Any]:
    config = {
        "s3Uri": job.folder.uri,
        "kmsKeyId": job.folder.kms_key,
        "bucketOwner": job.folder.owner,
    }
    told = {
        "invocationArn": job.arn,
        "modelArn": job.model_arn,
        "clientRequestToken": job.token,
        "status": job.status,
        "failureMessage": job.failure,
        "submitTime": stamp(job.submitted),
        "lastModifiedTime": stamp(job.changed),
        "endTime": "" if job.status == "InProgress" else stamp(job.changed),
    }
    output = {"s3OutputDataConfig": {name: value for name, value in config.items() if value}}
    return {name: value for name, value in told.items() if value} | {"outputDataConfig": output}


def _one_of(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in choices:
        rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
        raise broken_rule(value, name, rule)
    return value
