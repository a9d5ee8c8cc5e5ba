"""Send what guests of two hotels noted, one note after the other.

Each note waits until both gathering tables have taken up the one before it,
so every note is a change of its own, as it is when guests write. Started
again, it goes on after the notes that are there.
"""

import os
import time
from datetime import UTC, datetime, timedelta

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

NOTES = "GUEST_NOTES"
GATHERED = ["NOTES_BY_HOTEL", "NOTES_BY_KEY"]
PATIENCE = 20  # seconds for one note

FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
WRITTEN = [  # day, hotel, note
    (0, "H-LAKE", "The lake lies in front of every window."),
    (1, "H-LAKE", "Breakfast had fresh bread and good coffee."),
    (2, "H-HILL", "The walk up is steep, and the view is worth it."),
    (4, "H-LAKE", "The team lent us bicycles for nothing."),
    (5, "H-HILL", "My room was quiet at night."),
    (8, "H-LAKE", "A soft bed and a spotless bathroom."),
    (9, "H-HILL", "Dinner on the terrace was a joy."),
    (10, "H-LAKE", "The sauna is small but warm."),
    (12, "H-HILL", "They found us a doctor within the hour."),
    (15, "H-LAKE", "Children have a garden of their own."),
    (16, "H-HILL", "The shuttle to the station is on time."),
    (18, "H-LAKE", "Checking in took one minute."),
    (28, "H-LAKE", "We came back after a week, and will again."),
]


def kafka():
    """Return where the brokers are, and how to log in."""
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    if servers.startswith("PLAINTEXT://"):
        return {"bootstrap.servers": servers.removeprefix("PLAINTEXT://")}
    return {
        "bootstrap.servers": servers.removeprefix("SASL_SSL://"),
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "PLAIN",
        "sasl.username": os.environ["KAFKA_API_KEY"],
        "sasl.password": os.environ["KAFKA_API_SECRET"],
    }


def serializer():
    """Return what writes a note as the table's own schema says."""
    key = os.environ["SCHEMA_REGISTRY_API_KEY"]
    secret = os.environ["SCHEMA_REGISTRY_API_SECRET"]
    registry = SchemaRegistryClient(
        {
            "url": os.environ["SCHEMA_REGISTRY_REST_ENDPOINT"],
            "basic.auth.user.info": f"{key}:{secret}",
        }
    )
    latest = {"auto.register.schemas": False, "use.latest.version": True}
    return AvroSerializer(registry, conf=latest)


def records_in(consumer, topic):
    """Return how many records a topic ever had."""
    parts = consumer.list_topics(topic, timeout=PATIENCE).topics[topic]
    ends = [
        consumer.get_watermark_offsets(TopicPartition(topic, part))[1]
        for part in parts.partitions
    ]
    return sum(ends)


def wait_for_more(consumer, before):
    """Wait until each gathering table has grown."""
    end = time.monotonic() + PATIENCE
    for topic, count in before.items():
        while records_in(consumer, topic) <= count:
            if time.monotonic() > end:
                raise SystemExit(f"{topic} does not change: is it running?")
            time.sleep(0.05)


producer = Producer(kafka())
consumer = Consumer({**kafka(), "group.id": "write-notes"})
write = serializer()
context = SerializationContext(NOTES, MessageField.VALUE)

there = records_in(consumer, NOTES)
if there:
    print("notes that are there already:", there)
for day, hotel, note in WRITTEN[there:]:
    before = {topic: records_in(consumer, topic) for topic in GATHERED}
    row = {
        "HOTEL_ID": hotel,
        "NOTE": note,
        "WRITTEN": FIRST_DAY + timedelta(days=day),
    }
    producer.produce(NOTES, value=write(row, context))
    producer.flush(PATIENCE)
    wait_for_more(consumer, before)
    print(f"day {day:2} {hotel}: {note}")

consumer.close()
print("notes sent:", len(WRITTEN))
