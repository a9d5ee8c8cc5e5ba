"""Pictures, documents and recordings that stand in S3: fetched before the request is judged.

Source: facts amazon-bedrock 2.4 (`s3Location`: uri of at most 1,024 characters, an account of 12
digits). The emulator has no S3 of its own; it asks the service that also takes the answers of
asynchronous calls. Chosen here: every model takes such a source, as it takes the bytes. The text
for an object that cannot be fetched is ours.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.async_invokes.buckets import S3_URI, BucketError, NoS3Error
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.aws.runtime.converse_fields import matched_text, object_at
from runthrough.emulator.aws.state import Aws, Call

MARK = b"s3Location"
"""What the body of a request holds that has something in S3."""
_KINDS = ("image", "document", "video", "audio")
_OWNER = re.compile("[0-9]{12}")


def fetch_sources(body: dict[str, Any], aws: Aws, call: Call) -> dict[str, Any]:
    """Return the body of a conversation with bytes where it names objects in S3.

    Whatever does not fit is left as it is, for those who judge it.

    Raises:
        Refused: a place in S3 does not fit, or the object cannot be fetched; 501, no S3 is named.
    """
    messages = body.get("messages")
    if MARK not in call.request.body or not isinstance(messages, list):
        return body
    return {**body, "messages": _each(messages, "messages", _message, aws, call)}


def _each(values: list[Any], place: str, fetch: Any, aws: Aws, call: Call) -> list[Any]:
    return [
        fetch(value, f"{place}.{at}", aws, call) if isinstance(value, dict) else value
        for at, value in enumerate(values)
    ]


def _message(message: dict[str, Any], place: str, aws: Aws, call: Call) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": _each(content, f"{place}.content", _block, aws, call)}


def _block(block: dict[str, Any], place: str, aws: Aws, call: Call) -> dict[str, Any]:
    fetched = dict(block)
    for kind in _KINDS:
        if isinstance(block.get(kind), dict):
            fetched[kind] = _media(block[kind], f"{place}.{kind}", aws, call)
    if isinstance(block.get("toolResult"), dict):
        fetched["toolResult"] = _message(block["toolResult"], f"{place}.toolResult", aws, call)
    return fetched


def _media(block: dict[str, Any], place: str, aws: Aws, call: Call) -> dict[str, Any]:
    source = block.get("source")
    if not isinstance(source, dict) or source.get("s3Location") is None:
        return block
    if any(value is not None for name, value in source.items() if name != "s3Location"):
        return block  # two sources: not for us to choose
    named = source["s3Location"]
    data = _fetch(object_at(named, f"{place}.source.s3Location"), place, aws, call)
    return {**block, "source": {"bytes": base64.b64encode(data).decode("ascii")}}


def _fetch(location: Mapping[str, Any], place: str, aws: Aws, call: Call) -> bytes:
    where = f"{place}.source.s3Location"
    uri = matched_text(location, "uri", where, S3_URI, 1024)
    owner = ""
    if location.get("bucketOwner") is not None:
        owner = matched_text(location, "bucketOwner", where, _OWNER, 12)
    try:
        return aws.buckets.read(uri, owner=owner, region=call.region)
    except NoS3Error as e:
        raise not_emulated(f"Reading from S3 in {call.operation} ({where}): {e};") from e
    except BucketError as e:
        raise invalid(f"The object at {where} cannot be read: {e}") from e
