"""The requests that the front answers itself, in the versions it offers.

Source: the message tables of the Apache Kafka protocol guide. Versions end before the flexible
encoding, except where a client needs more: an `AdminClient` lists groups with their states from
version 4 on, and members of the newer consumer protocol commit and fetch with version 9.
`FindCoordinator` stays at version 0, which knows groups only. Transactions would look as if they
worked, but the mock broker shows aborted records even to a reader of committed ones: without the
version that looks for a transaction's coordinator, `init_transactions` fails and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from runthrough.emulator.broker.wire import (
    BOOLEAN,
    BYTES,
    INT16,
    INT32,
    INT64,
    MAYBE_STRING,
    STRING,
    UUID,
    Array,
    BadFrame,
    Field,
    Maybe,
    Reader,
    Struct,
    Values,
)

_NEVER = 99


@dataclass(frozen=True)
class Api:
    """A request and its answer.

    Attributes:
        key: what Kafka numbers it by.
        last: the last version that is offered; the first is 0.
        flexible_since: the first version in the flexible encoding.
        plain_head: the answer's head has no tagged fields in any version.
    """

    name: str
    key: int
    last: int
    request: Struct
    response: Struct
    flexible_since: int = _NEVER
    plain_head: bool = False

    def flexible(self, version: int) -> bool:
        """Return whether a version is in the flexible encoding."""
        return version >= self.flexible_since

    def read_request(self, reader: Reader, version: int) -> Values:
        """Return what is asked, from behind the head. Raises BadFrame: it is something else."""
        found = self.request.read(reader, version, flexible=self.flexible(version))
        if reader.left:
            raise BadFrame(f"{reader.left} bytes follow a request {self.name}")
        return found

    def write_response(self, value: Mapping[str, object], version: int) -> bytes:
        """Return an answer as it follows the correlation id."""
        flexible = self.flexible(version)
        head = b"\0" if flexible and not self.plain_head else b""
        return head + self.response.write(value, version, flexible=flexible)


def _throttled(*fields: Field, since: int) -> Struct:
    return Struct(Field("throttle_ms", INT32, since), *fields)


_ERROR = Field("error", INT16)
_GROUP = Field("group", STRING)
_MEMBER = Field("member", STRING)

FIND_COORDINATOR = Api(
    "FindCoordinator",
    10,
    0,
    Struct(Field("key", STRING)),
    Struct(_ERROR, Field("node", INT32), Field("host", STRING), Field("port", INT32)),
)

JOIN_GROUP = Api(
    "JoinGroup",
    11,
    5,
    Struct(
        _GROUP,
        Field("session_ms", INT32),
        Field("rebalance_ms", INT32, since=1),
        _MEMBER,
        Field("instance", MAYBE_STRING, since=5),
        Field("protocol_type", STRING),
        Field("protocols", Array(Struct(Field("name", STRING), Field("metadata", BYTES)))),
    ),
    _throttled(
        _ERROR,
        Field("generation", INT32),
        Field("protocol", STRING),
        Field("leader", STRING),
        _MEMBER,
        Field(
            "members",
            Array(
                Struct(_MEMBER, Field("instance", MAYBE_STRING, since=5), Field("metadata", BYTES))
            ),
        ),
        since=2,
    ),
)

SYNC_GROUP = Api(
    "SyncGroup",
    14,
    3,
    Struct(
        _GROUP,
        Field("generation", INT32),
        _MEMBER,
        Field("instance", MAYBE_STRING, since=3),
        Field("assignments", Array(Struct(_MEMBER, Field("assignment", BYTES)))),
    ),
    _throttled(_ERROR, Field("assignment", BYTES), since=1),
)

HEARTBEAT = Api(
    "Heartbeat",
    12,
    3,
    Struct(
        _GROUP,
        Field("generation", INT32),
        _MEMBER,
        Field("instance", MAYBE_STRING, since=3),
    ),
    _throttled(_ERROR, since=1),
)

LEAVE_GROUP = Api(
    "LeaveGroup",
    13,
    3,
    Struct(
        _GROUP,
        Field("member", STRING, until=2),
        Field("members", Array(Struct(_MEMBER, Field("instance", MAYBE_STRING))), since=3),
    ),
    _throttled(
        _ERROR,
        Field("members", Array(Struct(_MEMBER, Field("instance", MAYBE_STRING), _ERROR)), since=3),
        since=1,
    ),
)

LIST_GROUPS = Api(
    "ListGroups",
    16,
    5,
    Struct(
        Field("states", Array(STRING), since=4, default=()),
        Field("types", Array(STRING), since=5, default=()),
    ),
    _throttled(
        _ERROR,
        Field(
            "groups",
            Array(
                Struct(
                    _GROUP,
                    Field("protocol_type", STRING),
                    Field("state", STRING, since=4),
                    Field("type", STRING, since=5),
                )
            ),
        ),
        since=1,
    ),
    flexible_since=3,
)

DESCRIBE_GROUPS = Api(
    "DescribeGroups",
    15,
    4,
    Struct(
        Field("groups", Array(STRING)),
        Field("with_operations", BOOLEAN, since=3, default=False),
    ),
    _throttled(
        Field(
            "groups",
            Array(
                Struct(
                    _ERROR,
                    _GROUP,
                    Field("state", STRING),
                    Field("protocol_type", STRING),
                    Field("protocol", STRING),
                    Field(
                        "members",
                        Array(
                            Struct(
                                _MEMBER,
                                Field("instance", MAYBE_STRING, since=4),
                                Field("client_id", STRING),
                                Field("client_host", STRING),
                                Field("metadata", BYTES),
                                Field("assignment", BYTES),
                            )
                        ),
                    ),
                    Field("operations", INT32, since=3),
                )
            ),
        ),
        since=1,
    ),
)

DELETE_GROUPS = Api(
    "DeleteGroups",
    42,
    1,
    Struct(Field("groups", Array(STRING))),
    _throttled(Field("results", Array(Struct(_GROUP, _ERROR))), since=0),
)


def _topics(*fields: Field) -> Array:
    """Return topics with these fields for each of their partitions."""
    return Array(Struct(Field("topic", STRING), Field("partitions", Array(Struct(*fields)))))


_PLACE_ERRORS = _topics(Field("partition", INT32), _ERROR)

OFFSET_COMMIT = Api(
    "OffsetCommit",
    8,
    9,
    Struct(
        _GROUP,
        Field("generation", INT32, since=1, default=-1),
        Field("member", STRING, since=1, default=""),
        Field("instance", MAYBE_STRING, since=7),
        Field("retention_ms", INT64, since=2, until=4),
        Field(
            "topics",
            _topics(
                Field("partition", INT32),
                Field("offset", INT64),
                Field("leader_epoch", INT32, since=6, default=-1),
                Field("time", INT64, since=1, until=1),
                Field("metadata", MAYBE_STRING),
            ),
        ),
    ),
    _throttled(Field("topics", _PLACE_ERRORS), since=3),
    flexible_since=8,
)

_ASKED_TOPICS = Array(
    Struct(Field("topic", STRING), Field("partitions", Array(INT32))), nullable_since=2
)
_FOUND_TOPICS = _topics(
    Field("partition", INT32),
    Field("offset", INT64),
    Field("leader_epoch", INT32, since=5),
    Field("metadata", MAYBE_STRING),
    _ERROR,
)

OFFSET_FETCH = Api(
    "OffsetFetch",
    9,
    9,
    Struct(
        Field("group", STRING, until=7),
        Field("topics", _ASKED_TOPICS, until=7),
        Field(
            "groups",
            Array(
                Struct(
                    _GROUP,
                    Field("member", MAYBE_STRING, since=9),
                    Field("epoch", INT32, since=9),
                    Field("topics", _ASKED_TOPICS),
                )
            ),
            since=8,
        ),
        Field("stable", BOOLEAN, since=7),
    ),
    _throttled(
        Field("topics", _FOUND_TOPICS, until=7),
        Field("error", INT16, since=2, until=7),
        Field("groups", Array(Struct(_GROUP, Field("topics", _FOUND_TOPICS), _ERROR)), since=8),
        since=3,
    ),
    flexible_since=6,
)

OFFSET_DELETE = Api(
    "OffsetDelete",
    47,
    0,
    Struct(
        _GROUP,
        Field("topics", _topics(Field("partition", INT32))),
    ),
    Struct(_ERROR, Field("throttle_ms", INT32), Field("topics", _PLACE_ERRORS)),
)

API_VERSIONS = Api(
    "ApiVersions",
    18,
    3,
    Struct(Field("client_name", STRING, since=3), Field("client_version", STRING, since=3)),
    Struct(
        _ERROR,
        Field(
            "apis",
            Array(Struct(Field("key", INT16), Field("first", INT16), Field("last", INT16))),
        ),
        Field("throttle_ms", INT32, since=1),
    ),
    flexible_since=3,
    plain_head=True,
)

_ASSIGNED = Array(
    Struct(Field("topic_id", UUID), Field("partitions", Array(INT32))), nullable_since=0
)

MODERN_HEARTBEAT = Api(
    "ConsumerGroupHeartbeat",
    68,
    1,
    Struct(
        _GROUP,
        _MEMBER,
        Field("epoch", INT32),
        Field("instance", MAYBE_STRING),
        Field("rack", MAYBE_STRING),
        Field("rebalance_ms", INT32),
        Field("topics", Array(STRING, nullable_since=0)),
        Field("pattern", MAYBE_STRING, since=1),
        Field("assignor", MAYBE_STRING),
        Field("owned", _ASSIGNED),
    ),
    _throttled(
        _ERROR,
        Field("message", MAYBE_STRING),
        Field("member", MAYBE_STRING),
        Field("epoch", INT32),
        Field("interval_ms", INT32),
        Field("assignment", Maybe(Struct(Field("topics", _ASSIGNED)))),
        since=0,
    ),
    flexible_since=0,
)
OWN: Mapping[int, Api] = MappingProxyType(
    {
        api.key: api
        for api in (
            API_VERSIONS,
            FIND_COORDINATOR,
            JOIN_GROUP,
            SYNC_GROUP,
            HEARTBEAT,
            LEAVE_GROUP,
            LIST_GROUPS,
            DESCRIBE_GROUPS,
            DELETE_GROUPS,
            OFFSET_COMMIT,
            OFFSET_FETCH,
            OFFSET_DELETE,
            MODERN_HEARTBEAT,
        )
    }
)
"""By key."""
