"""What AWS answers: a reply, a refusal, and how each is written on the wire.

Sources: facts amazon-bedrock 2.11 (JSON errors), 6.1 (STS, query protocol in XML).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4
from xml.sax.saxutils import escape

_CORAL = "http://internal.amazon.com/coral/com.amazon.bedrock/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refused(Exception):
    """A request AWS does not carry out.

    Attributes:
        status: the HTTP status.
        code: AWS's name of the error, such as `ValidationException`.
        message: what AWS says.
        members: what else the JSON of the error holds.
    """

    def __init__(
        self, status: int, code: str, message: str, *, members: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.members = dict(members or {})


def invalid(message: str) -> Refused:
    """Return the refusal of a request that does not fit the API (400 ValidationException)."""
    return Refused(400, "ValidationException", message)


def not_emulated(what: str) -> Refused:
    """Return the refusal of something AWS does and this emulator does not (501)."""
    return Refused(
        501, "NotImplementedException", f"{what} is not emulated; the live target has it"
    )


@dataclass(frozen=True)
class Reply:
    """One HTTP answer. Header names are written as AWS writes them."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class EventStream:
    """One HTTP answer that comes piece by piece: frames of AWS's event stream (facts 2.8).

    Attributes:
        waits: whether a frame may have to wait for another server.
    """

    frames: Iterator[bytes]
    headers: Mapping[str, str] | None = None
    waits: bool = False

    content_type = "application/vnd.amazon.eventstream"


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Write a JSON answer. A lone surrogate, which JSON can carry and UTF-8 cannot, becomes `?`."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Reply(status, body, headers=headers)


def json_refusal(refused: Refused) -> Reply:
    """Write a refusal of the REST-JSON services; botocore reads the code from the header."""
    headers = {"x-amzn-ErrorType": f"{refused.code}:{_CORAL}"}
    return json_reply(
        {"message": refused.message, **refused.members}, status=refused.status, headers=headers
    )


def target_refusal(refused: Refused) -> Reply:
    """Write a refusal of a JSON 1.1 service (Service Quotas), which names the code in the body."""
    reply = json_reply({"__type": refused.code, "message": refused.message}, status=refused.status)
    return Reply(reply.status, reply.body, "application/x-amz-json-1.1")


def bearer_refusal() -> Reply:
    """Write the answer to a Bedrock API key that is not known (facts 1.4: a capital M, no type)."""
    text = "Authentication failed: Please make sure your API Key is valid."
    return json_reply({"Message": text}, status=403)


def unknown_operation() -> Reply:
    """Write what AWS answers on a path that it does not have (facts 2.1)."""
    return Reply(404, b"<UnknownOperationException/>", "text/xml")


def xml_reply(action: str, members: str) -> Reply:
    """Write the answer of a query-protocol call; `members` is the inside of its result element."""
    body = (
        f'<{action}Response xmlns="{STS_NAMESPACE}"><{action}Result>{members}</{action}Result>'
        f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Reply(200, body.encode(), "text/xml")


def xml_refusal(refused: Refused) -> Reply:
    """Write a refusal of the query protocol."""
    kind = "Sender" if refused.status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{STS_NAMESPACE}"><Error><Type>{kind}</Type>'
        f"<Code>{refused.code}</Code><Message>{xml_text(refused.message)}</Message></Error>"
        f"<RequestId>{uuid4()}</RequestId></ErrorResponse>"
    )
    return Reply(refused.status, body.encode("utf-8", "replace"), "text/xml")


def xml_text(text: str) -> str:
    """Return a text as XML character data; characters XML cannot hold become `?`."""
    return escape(_NOT_XML.sub("?", text))
