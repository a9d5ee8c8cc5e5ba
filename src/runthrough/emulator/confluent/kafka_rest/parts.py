"""What the handlers of Kafka REST v3 share: the cluster of a path, lists, bodies, refusals.

Source: facts/confluent-cloud-api.md 3.6. Codes: 40002 a bad request, 40403 no such topic or
partition, 40404 no such setting. What a body with an unknown field or a value of a wrong type is
answered (400) is known, the words are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runthrough.emulator.broker import Broker, TopicError
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.planes import KafkaPlane
from runthrough.emulator.flink.engine import TopicInfo

Json = dict[str, object]

BAD_REQUEST, NO_TOPIC, NO_CONFIG = 40002, 40403, 40404


@dataclass(frozen=True)
class Cluster:
    """The cluster a request is for.

    Attributes:
        root: its address, as the client wrote the host.
    """

    plane: KafkaPlane
    root: str

    @property
    def id(self) -> str:
        """The cluster's id, `lkc-…`."""
        return self.plane.cluster_id

    @property
    def broker(self) -> Broker:
        """The cluster's broker."""
        return self.plane.broker

    def topic(self, name: str) -> TopicInfo:
        """Return a topic. Raises Refusal (404, 40403) where there is none."""
        return find_topic(self.plane, name)

    def resource(self, kind: str, address: str, *crn: tuple[str, str]) -> Json:
        """Return how every object begins: kind, metadata and the cluster's id."""
        names = "".join(f"/{name}={value}" for name, value in crn)
        return {
            "kind": kind,
            "metadata": {"self": address, "resource_name": f"crn:///kafka={self.id}{names}"},
            "cluster_id": self.id,
        }


def find_topic(plane: KafkaPlane, name: str) -> TopicInfo:
    """Return a topic of a cluster. Raises KafkaRefusal (404, 40403) where there is none."""
    for topic in plane.topics():
        if topic.name == name:
            return topic
    raise unknown_topic()


def cluster_of(cloud: Cloud, call: Call) -> Cluster:
    """Return the cluster of the path. Raises Refusal (404) where there is none.

    The sheet does not give the body of that answer: the words are ours.
    """
    plane = cloud.kafka(call.params["cluster"])
    return Cluster(plane, f"{call.base_url}/kafka/v3/clusters/{plane.cluster_id}")


def topic_of(cloud: Cloud, call: Call) -> tuple[Cluster, TopicInfo]:
    """Return the cluster and the topic of the path. Raises Refusal (404)."""
    cluster = cluster_of(cloud, call)
    return cluster, cluster.topic(call.params["topic"])


def partition_of(cloud: Cloud, call: Call) -> tuple[Cluster, TopicInfo, int]:
    """Return the cluster, the topic and the partition of the path. Raises Refusal (404)."""
    cluster, topic = topic_of(cloud, call)
    number = call.params["partition"]
    if number not in {str(n) for n in range(topic.partitions)}:
        raise unknown_topic()
    return cluster, topic, int(number)


def listing(call: Call, kind: str, items: Iterable[Mapping[str, object]]) -> Reply:
    """Return a list; Kafka REST gives all of it at once, so there is never a next page."""
    metadata = {"self": call.url, "next": None}
    return reply({"kind": kind, "metadata": metadata, "data": list(items)})


class KafkaRefusal(Refusal):
    """What Kafka itself would refuse.

    Attributes:
        error: the code of the Kafka protocol.
    """

    def __init__(self, status: int, text: str, *, code: int, error: TopicError) -> None:
        super().__init__(status, text, code=code)
        self.error = error


def unknown_topic() -> KafkaRefusal:
    """Return what a missing topic or partition is answered with."""
    text = "This server does not host this topic-partition."
    return KafkaRefusal(404, text, code=NO_TOPIC, error=TopicError.UNKNOWN_TOPIC_OR_PARTITION)


def bad_request(text: str, error: TopicError = TopicError.INVALID_REQUEST) -> KafkaRefusal:
    """Return what a request is answered with that Kafka itself would refuse."""
    return KafkaRefusal(400, text, code=BAD_REQUEST, error=error)


def read_body(call: Call, *fields: str) -> Json:
    """Return the body. Raises Refusal (400): it is no JSON object, or has other fields."""
    body = call.json_object()
    check_fields(body, fields)
    return body


def check_fields(body: Mapping[str, object], fields: Iterable[str]) -> None:
    """Check that an object has no field but these. Raises Refusal (400) naming the first."""
    unknown = sorted(body.keys() - set(fields))
    if unknown:
        raise Refusal(400, f"Unrecognized field: {unknown[0]}", code=400)


def read_objects(body: Mapping[str, object], name: str) -> list[Json]:
    """Return a field that is a list of objects; a missing one is empty.

    Raises:
        Refusal: 400, it is something else.
    """
    sent = body.get(name)
    if sent is None:
        return []
    if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
        raise bad_request(f"{name} must be a list of objects")
    return sent


def read_flag(body: Mapping[str, object], name: str) -> bool:
    """Return a true/false field; a missing one is false. Raises Refusal (400): it is neither."""
    flag = body.get(name)
    if flag is not None and not isinstance(flag, bool):
        raise bad_request(f"{name} must be true or false")
    return bool(flag)
