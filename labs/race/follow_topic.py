"""Follow a topic that nobody has made yet, and find it once it is there."""

import os
import time
import uuid

import httpx
from confluent_kafka import Consumer, Producer

TOPIC = f"race-radio-{uuid.uuid4().hex[:6]}"


def login():
    """Return where the brokers are and how to log in."""
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    if servers.startswith("PLAINTEXT://"):  # the emulator's broker
        return {"bootstrap.servers": servers.removeprefix("PLAINTEXT://")}
    return {
        "bootstrap.servers": servers.removeprefix("SASL_SSL://"),
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "PLAIN",
        "sasl.username": os.environ["KAFKA_API_KEY"],
        "sasl.password": os.environ["KAFKA_API_SECRET"],
    }


def topics(method, path="", **more):
    """Ask the cluster's REST API about topics."""
    answer = httpx.request(
        method,
        f"{os.environ['KAFKA_REST_ENDPOINT']}/kafka/v3/clusters/"
        f"{os.environ['KAFKA_ID']}/topics{path}",
        auth=(os.environ["KAFKA_API_KEY"], os.environ["KAFKA_API_SECRET"]),
        trust_env=False,
        **more,
    )
    answer.raise_for_status()


consumer = Consumer(
    login()
    | {
        "group.id": TOPIC,
        "auto.offset.reset": "earliest",
        # How often it looks for topics that have come: 5 minutes if unsaid.
        "topic.metadata.refresh.interval.ms": 500,
    }
)
consumer.subscribe(["^" + TOPIC])  # a pattern may match what comes later
first = consumer.poll(1.0)  # at most a note that there is no such topic
if first is None or first.error() is not None:
    print("before the topic is there: nothing")

topics("POST", json={"topic_name": TOPIC, "partitions_count": 1})
try:
    producer = Producer(login())
    producer.produce(TOPIC, b"Box, box.")
    producer.flush(30)

    until = time.monotonic() + 60
    while time.monotonic() < until:
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            print("without a restart:", message.value().decode())
            break
    else:
        print("The consumer never saw the topic.")
finally:
    consumer.close()
    topics("DELETE", f"/{TOPIC}")
