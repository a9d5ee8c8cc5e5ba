"""Kafka REST v3: records, one or a stream of them.

Sources: facts/confluent-cloud-api.md 3.6; the public API reference: only BINARY, JSON and STRING
are taken, the API does not work with Schema Registry; a body may be several JSON objects one after
the other, each answered in its turn, with an `error_code` of its own, under the status 200. The
emulator answers when the whole body is there. One lone record that is refused gives its status to
the whole answer. 40002 bad request, 40403 no such topic or partition, 42206 what a record carries
cannot be written; the words are ours.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from runthrough.emulator.broker import Outgoing, Written
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, code_form
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    check_fields,
    read_objects,
    topic_of,
    unknown_topic,
)
from runthrough.emulator.flink.engine import TopicInfo
from runthrough.errors import EmulatorError

PAYLOAD = 42206
MAX_IN_BATCH = 10
"""Of `records:batch`, by the public API reference."""
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class Order:
    """A record to write, and the types of what it carries (None = it carries none)."""

    record: Outgoing
    key_type: str | None
    value_type: str | None


@dataclass(frozen=True)
class Report:
    """What one record is answered: its place, or a refusal."""

    order: Order | None
    outcome: Written | Refusal


def produce(cloud: Cloud, call: Call) -> Reply:
    """POST …/topics/{topic}/records: one record, or JSON objects one after the other."""
    cluster, topic = topic_of(cloud, call)
    now = cloud.clock()
    orders = [_read(item, topic, now) for item in _objects(call.body)]
    if not orders:
        raise _payload("Request body is empty. Data is required.")
    reports = _write(cluster, topic, orders)
    if len(reports) == 1 and isinstance(reports[0].outcome, Refusal):
        raise reports[0].outcome
    lines = [json.dumps(_answer(cluster, topic, report)) for report in reports]
    return Reply(200, "\n".join(lines).encode())


def produce_batch(cloud: Cloud, call: Call) -> Reply:
    """POST …/topics/{topic}/records:batch: at most ten, each under an id of the caller's."""
    cluster, topic = topic_of(cloud, call)
    body = call.json_object()
    check_fields(body, ("entries",))
    entries = read_objects(body, "entries")
    if not 1 <= len(entries) <= MAX_IN_BATCH:
        raise Refusal(422, f"a batch has 1 to {MAX_IN_BATCH} entries", code=PAYLOAD)
    ids = [str(entry.get("id")) for entry in entries]
    if any(not isinstance(entry.get("id"), str) for entry in entries) or len({*ids}) < len(ids):
        raise Refusal(422, "each entry of a batch has an id of its own", code=PAYLOAD)
    now = cloud.clock()
    sent = [{k: v for k, v in entry.items() if k != "id"} for entry in entries]
    reports = _write(cluster, topic, [_read(item, topic, now) for item in sent])
    answers = [{"id": i, **_answer(cluster, topic, r)} for i, r in zip(ids, reports, strict=True)]
    good = [answer for answer in answers if answer["error_code"] == 200]
    bad = [answer for answer in answers if answer["error_code"] != 200]
    content = json.dumps({"successes": good, "failures": bad}).encode()
    return Reply(207, content)


# --- reading ------------------------------------------------------------------------------------


def _objects(body: bytes) -> Iterator[object]:
    """Yield the JSON values of a body, and a refusal for the first that is none: the end."""
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        yield Refusal(400, f"Bad Request: the body is not UTF-8: {e.reason}", code=400)
        return
    decoder, place = json.JSONDecoder(), 0
    while rest := text[place:].lstrip(_SPACE):
        try:
            value, length = decoder.raw_decode(rest)
        except (ValueError, RecursionError) as e:
            yield Refusal(400, f"Bad Request: Error processing message: {e}", code=400)
            return
        yield value
        place = len(text) - len(rest) + length


def _read(item: object, topic: TopicInfo, now: datetime) -> Order | Refusal:
    try:
        if isinstance(item, Refusal):
            raise item
        if not isinstance(item, dict):
            raise Refusal(400, "Bad Request: a record is a JSON object", code=400)
        return _read_order(item, topic, now)
    except Refusal as refusal:
        return refusal


def _read_order(item: Json, topic: TopicInfo, now: datetime) -> Order:
    check_fields(item, ("partition_id", "headers", "key", "value", "timestamp"))
    partition = item.get("partition_id")
    if isinstance(partition, bool) or not isinstance(partition, int | None):
        raise _bad("partition_id must be a number")
    if partition is not None and not 0 <= partition < topic.partitions:
        raise unknown_topic()
    key_type, key = _read_data(item.get("key"), "key")
    value_type, value = _read_data(item.get("value"), "value")
    headers = tuple(_read_header(header) for header in read_objects(item, "headers"))
    timestamp = _read_timestamp(item.get("timestamp"), now)
    return Order(Outgoing(key, value, headers, timestamp, partition), key_type, value_type)


def _read_data(sent: object, what: str) -> tuple[str | None, bytes | None]:
    if sent is None:
        return None, None
    if not isinstance(sent, dict):
        raise _bad(f"the {what} must be an object of type and data")
    kind, data = sent.get("type"), sent.get("data")
    if any(sent.get(name) is not None for name in sent if name not in ("type", "data")):
        raise _payload(f"the {what} names a schema: this API does not work with Schema Registry.")
    if kind is None and data is None:
        return None, None
    if kind not in ("BINARY", "JSON", "STRING"):
        raise _payload(f"the type of the {what} must be BINARY, JSON or STRING, not {kind}.")
    if data is None:
        return kind, None
    if kind == "JSON":
        return kind, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    if not isinstance(data, str):
        raise _payload(f"the data of a {what} of type {kind} must be a string.")
    return kind, data.encode() if kind == "STRING" else _decode(data, what)


def _read_header(header: Json) -> tuple[str, bytes | None]:
    check_fields(header, ("name", "value"))
    name, value = header.get("name"), header.get("value")
    if not isinstance(name, str) or not isinstance(value, str | None):
        raise _bad("a header has a name and a value in Base64")
    return name, None if value is None else _decode(value, f"header {name}")


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as e:
        raise _payload(f"the data of the {what} is not Base64: {e}.") from e


def _read_timestamp(sent: object, now: datetime) -> int:
    """Return a time in ms; the epoch itself is one ms late, as librdkafka takes 0 for "now"."""
    if sent is None:
        return _milliseconds(now)
    try:
        moment = datetime.fromisoformat(sent) if isinstance(sent, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or _milliseconds(moment) < 0:
        raise _bad(f"the timestamp must be a time in RFC 3339 from 1970 on, not {sent!r}")
    return max(_milliseconds(moment), 1)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000 + 0.5)


# --- writing and answering ----------------------------------------------------------------------


def _write(cluster: Cluster, topic: TopicInfo, orders: list[Order | Refusal]) -> list[Report]:
    """Write the records that can be, in order."""
    good = [order.record for order in orders if isinstance(order, Order)]
    places = iter(cluster.broker.produce_each(topic.name, good))
    reports = []
    for order in orders:
        if isinstance(order, Refusal):
            reports.append(Report(None, order))
            continue
        place = next(places)
        if isinstance(place, EmulatorError):
            reports.append(Report(order, _bad(str(place))))
        else:
            reports.append(Report(order, place))
    return reports


def _answer(cluster: Cluster, topic: TopicInfo, report: Report) -> Json:
    if isinstance(report.outcome, Refusal):
        told: Json = json.loads(code_form(report.outcome).content)
        return told
    order = report.order
    assert order is not None
    moment = datetime.fromtimestamp((order.record.timestamp or 0) / 1000, UTC)
    answer: Json = {
        "error_code": 200,
        "cluster_id": cluster.id,
        "topic_name": topic.name,
        "partition_id": report.outcome.partition,
        "offset": report.outcome.offset,
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    for name, kind, data in (
        ("key", order.key_type, order.record.key),
        ("value", order.value_type, order.record.value),
    ):
        if data is not None:
            answer[name] = {"type": kind, "size": len(data)}
    return answer


def _bad(text: str) -> Refusal:
    return Refusal(400, f"Bad Request: {text}", code=400)


def _payload(text: str) -> Refusal:
    return Refusal(422, f"Payload error. {text}", code=PAYLOAD)
