"""Tags of what the account has made, and what the account logs (facts amazon-bedrock 3.1).

The texts of the refusals are ours.
"""

from __future__ import annotations

import re
from typing import Any

from runthrough.emulator.aws.control.bodies import MAX_TAGS, read_body, tag_key, tags, text
from runthrough.emulator.aws.replies import Refused, Reply, invalid, json_reply
from runthrough.emulator.aws.state import Aws, Call

_ARN = re.compile(r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:[a-z0-9-]+/[a-zA-Z0-9-:./]+")


def list_tags(aws: Aws, call: Call) -> Reply:
    """Answer ListTagsForResource. Raises Refused where there is no such resource."""
    _, found = _resource(aws, read_body(call))
    return json_reply({"tags": [{"key": key, "value": value} for key, value in found.items()]})


def tag_resource(aws: Aws, call: Call) -> Reply:
    """Answer TagResource.

    Raises:
        Refused: there is no such resource, a tag is none, or it would have too many.
    """
    body = read_body(call)
    new = tags(body.get("tags"))
    arn, _ = _resource(aws, body)
    if not aws.tags.add(arn, new, most=MAX_TAGS):
        message = f"A resource can have at most {MAX_TAGS} tags."
        raise Refused(400, "TooManyTagsException", message)
    return json_reply({})


def untag_resource(aws: Aws, call: Call) -> Reply:
    """Answer UntagResource. Raises Refused where there is no such resource or a key is none."""
    body = read_body(call)
    keys = body.get("tagKeys")
    if not isinstance(keys, list):
        raise invalid("The value at 'tagKeys' is not a list.")
    wanted = [tag_key(key, f"tagKeys.{number}.member") for number, key in enumerate(keys, 1)]
    arn, _ = _resource(aws, body)
    aws.tags.remove(arn, wanted)
    return json_reply({})


def get_logging(aws: Aws, call: Call) -> Reply:
    """Answer GetModelInvocationLoggingConfiguration: nothing is configured to be logged."""
    return json_reply({})


def _resource(aws: Aws, body: dict[str, Any]) -> tuple[str, dict[str, str]]:
    arn = text(body.get("resourceARN"), "resourceARN", least=20, most=1011, pattern=_ARN)
    found = aws.tags.of(arn)
    if found is None:
        raise Refused(404, "ResourceNotFoundException", f"There is no resource {arn} to tag.")
    return arn, found
