"""What Kafka REST v3 answers, from facts/confluent-cloud-api.md 3.6 and the public reference."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Body(BaseModel):
    """Nothing that is not written here, and no type for another."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(Body):
    error_code: int
    message: str


class Link(Body):
    related: str


class Metadata(Body):
    self: str
    resource_name: str


class ListMetadata(Body):
    self: str
    next: None


class Listing(Body, Generic[T]):
    kind: str
    metadata: ListMetadata
    data: list[T]


class Resource(Body):
    metadata: Metadata
    cluster_id: str


class Cluster(Resource):
    kind: Literal["KafkaCluster"]
    controller: Link
    acls: Link
    brokers: Link
    broker_configs: Link
    consumer_groups: Link
    topics: Link
    partition_reassignments: Link


class Broker(Resource):
    kind: Literal["KafkaBroker"]
    broker_id: int
    host: str
    port: int
    configs: Link
    partition_replicas: Link


class Topic(Resource):
    kind: Literal["KafkaTopic"]
    topic_name: str
    is_internal: bool
    replication_factor: int
    partitions_count: int
    partitions: Link
    configs: Link
    partition_reassignments: Link


class Partition(Resource):
    kind: Literal["KafkaPartition"]
    topic_name: str
    partition_id: int
    leader: Link
    replicas: Link
    reassignment: Link


class Replica(Resource):
    kind: Literal["KafkaReplica"]
    topic_name: str
    partition_id: int
    broker_id: int
    is_leader: bool
    is_in_sync: bool
    broker: Link


Source = Literal["DYNAMIC_TOPIC_CONFIG", "DEFAULT_CONFIG"]


class Synonym(Body):
    name: str
    value: str
    source: Source


class Config(Resource):
    kind: Literal["KafkaTopicConfig"]
    topic_name: str
    name: str
    value: str
    is_default: bool
    is_read_only: bool
    is_sensitive: bool
    source: Source
    synonyms: list[Synonym]


class Carried(Body):
    type: Literal["BINARY", "JSON", "STRING"]
    size: int


class Produced(Body):
    """A delivery report; `id` in a batch only."""

    model_config = ConfigDict(extra="forbid", strict=False)

    id: str | None = None
    error_code: Literal[200]
    cluster_id: str
    topic_name: str
    partition_id: int
    offset: int
    timestamp: datetime
    key: Carried | None = None
    value: Carried | None = None


class AclMetadata(Body):
    self: str


class Acl(Body):
    kind: Literal["KafkaAcl"]
    metadata: AclMetadata
    cluster_id: str
    resource_type: str
    resource_name: str
    pattern_type: str
    principal: str
    host: str
    operation: str
    permission: str


class ConsumerGroup(Resource):
    kind: Literal["KafkaConsumerGroup"]
    consumer_group_id: str
    is_simple: bool
    partition_assignor: str
    state: Literal[
        "UNKNOWN", "PREPARING_REBALANCE", "COMPLETING_REBALANCE", "STABLE", "DEAD", "EMPTY"
    ]
    coordinator: Link
    consumer: Link
    lag_summary: Link


class GroupConsumer(Resource):
    kind: Literal["KafkaConsumer"]
    consumer_group_id: str
    consumer_id: str
    instance_id: str | None
    client_id: str
    assignments: Link


class Assignment(Resource):
    kind: Literal["KafkaConsumerAssignment"]
    consumer_group_id: str
    consumer_id: str
    topic_name: str
    partition_id: int
    partition: Link
    lag: Link


class Lag(Resource):
    kind: Literal["KafkaConsumerLag"]
    consumer_group_id: str
    topic_name: str
    partition_id: int
    current_offset: int
    log_end_offset: int
    lag: int
    consumer_id: str
    instance_id: str | None
    client_id: str


class LagSummary(Resource):
    kind: Literal["KafkaConsumerGroupLagSummary"]
    consumer_group_id: str
    max_lag_consumer_id: str
    max_lag_instance_id: str | None
    max_lag_client_id: str
    max_lag_topic_name: str
    max_lag_partition_id: int
    max_lag: int
    total_lag: int
    max_lag_consumer: Link
    max_lag_partition: Link
