"""One operation of Bedrock: its method and path, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from runthrough.emulator.aws.replies import EventStream, Reply
from runthrough.emulator.aws.state import Aws, Call

Handler = Callable[[Aws, Call], Reply | EventStream]


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        path: segments in braces are parameters; a parameter is one raw segment (an ARN travels
            with `%2F`), decoded once.
        handler: what carries it out; None = it is not emulated.
        action: the IAM action without `bedrock:`, where it is not the operation's name.
        streams: whether it is answered with an event stream.
        note: what of it is not emulated, for the page that says so; '' where all of it is.
    """

    name: str
    method: str
    path: str
    handler: Handler | None = None
    action: str = ""
    streams: bool = False
    note: str = ""

    @property
    def emulated(self) -> bool:
        """Whether the emulator carries it out."""
        return self.handler is not None

    @property
    def iam_action(self) -> str:
        """The IAM action it needs, without `bedrock:` (facts 2.1)."""
        return self.action or self.name

    def match(self, method: str, raw_path: str) -> dict[str, str] | None:
        """Return the parameters where this operation has this method and path, else None."""
        pattern, given = self.path.split("/"), raw_path.split("/")
        if method != self.method or len(pattern) != len(given):
            return None
        parameters = {}
        for expected, segment in zip(pattern, given, strict=True):
            if expected.startswith("{") and segment:
                parameters[expected.strip("{}")] = unquote(segment)
            elif expected != segment:
                return None
        return parameters
