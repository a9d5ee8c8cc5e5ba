"""The requests of an `AdminClient` about topics, in the versions before the flexible encoding.

Source: the message tables of the Apache Kafka protocol guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runthrough.emulator.broker.front.apis import Api
from runthrough.emulator.broker.wire import (
    BOOLEAN,
    INT8,
    INT16,
    INT32,
    MAYBE_STRING,
    STRING,
    Array,
    Field,
    Struct,
)

_THROTTLE = Field("throttle_ms", INT32)
_TOPIC = Field("topic", STRING)
_ERROR = Field("error", INT16)
_MESSAGE = Field("message", MAYBE_STRING)
_RESOURCE = (Field("type", INT8), Field("name", STRING))

CREATE_TOPICS = Api(
    "CreateTopics",
    19,
    4,
    Struct(
        Field(
            "topics",
            Array(
                Struct(
                    _TOPIC,
                    Field("partitions", INT32),
                    Field("replication", INT16),
                    Field(
                        "assignments",
                        Array(Struct(Field("partition", INT32), Field("brokers", Array(INT32)))),
                    ),
                    Field(
                        "configs",
                        Array(Struct(Field("name", STRING), Field("value", MAYBE_STRING))),
                    ),
                )
            ),
        ),
        Field("timeout_ms", INT32),
        Field("validate_only", BOOLEAN, since=1, default=False),
    ),
    Struct(
        Field("throttle_ms", INT32, since=2),
        Field("topics", Array(Struct(_TOPIC, _ERROR, Field("message", MAYBE_STRING, since=1)))),
    ),
)

DELETE_TOPICS = Api(
    "DeleteTopics",
    20,
    3,
    Struct(Field("topics", Array(STRING)), Field("timeout_ms", INT32)),
    Struct(Field("throttle_ms", INT32, since=1), Field("topics", Array(Struct(_TOPIC, _ERROR)))),
)

CREATE_PARTITIONS = Api(
    "CreatePartitions",
    37,
    1,
    Struct(
        Field(
            "topics",
            Array(
                Struct(
                    _TOPIC,
                    Field("partitions", INT32),
                    Field(
                        "assignments",
                        Array(Struct(Field("brokers", Array(INT32))), nullable_since=0),
                    ),
                )
            ),
        ),
        Field("timeout_ms", INT32),
        Field("validate_only", BOOLEAN),
    ),
    Struct(_THROTTLE, Field("topics", Array(Struct(_TOPIC, _ERROR, _MESSAGE)))),
)

DESCRIBE_CONFIGS = Api(
    "DescribeConfigs",
    32,
    3,
    Struct(
        Field(
            "resources",
            Array(Struct(*_RESOURCE, Field("keys", Array(STRING, nullable_since=0)))),
        ),
        Field("with_synonyms", BOOLEAN, since=1, default=False),
        Field("with_documentation", BOOLEAN, since=3, default=False),
    ),
    Struct(
        _THROTTLE,
        Field(
            "results",
            Array(
                Struct(
                    _ERROR,
                    _MESSAGE,
                    *_RESOURCE,
                    Field(
                        "configs",
                        Array(
                            Struct(
                                Field("name", STRING),
                                Field("value", MAYBE_STRING),
                                Field("read_only", BOOLEAN),
                                Field("is_default", BOOLEAN, until=0),
                                Field("source", INT8, since=1),
                                Field("sensitive", BOOLEAN),
                                Field(
                                    "synonyms",
                                    Array(
                                        Struct(
                                            Field("name", STRING),
                                            Field("value", MAYBE_STRING),
                                            Field("source", INT8),
                                        )
                                    ),
                                    since=1,
                                ),
                                Field("type", INT8, since=3),
                                Field("documentation", MAYBE_STRING, since=3),
                            )
                        ),
                    ),
                )
            ),
        ),
    ),
)

ALTER_CONFIGS = Api(
    "IncrementalAlterConfigs",
    44,
    0,
    Struct(
        Field(
            "resources",
            Array(
                Struct(
                    *_RESOURCE,
                    Field(
                        "configs",
                        Array(
                            Struct(
                                Field("name", STRING),
                                Field("operation", INT8),
                                Field("value", MAYBE_STRING),
                            )
                        ),
                    ),
                )
            ),
        ),
        Field("validate_only", BOOLEAN),
    ),
    Struct(_THROTTLE, Field("results", Array(Struct(_ERROR, _MESSAGE, *_RESOURCE)))),
)

TOPIC_APIS: Mapping[int, Api] = MappingProxyType(
    {
        api.key: api
        for api in (
            CREATE_TOPICS,
            DELETE_TOPICS,
            CREATE_PARTITIONS,
            DESCRIBE_CONFIGS,
            ALTER_CONFIGS,
        )
    }
)
"""By key; offered where somebody carries them out."""
