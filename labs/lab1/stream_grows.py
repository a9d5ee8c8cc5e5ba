"""Let two minutes of the stream pass, 120 times as fast, and count clicks."""

from confluent_kafka import Consumer, TopicPartition
from workshop.practice import emulator, run

MINUTES = 2
EVENTS_A_MINUTE = 7  # five clicks, a booking, every other minute a review


def offsets(environ: dict[str, str], topic: str) -> int:
    """Return the sum of the end offsets of a topic's partitions."""
    servers = environ["KAFKA_BOOTSTRAP_SERVERS"].removeprefix("PLAINTEXT://")
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "count"})
    partitions = consumer.list_topics(topic).topics[topic].partitions
    ends = [
        consumer.get_watermark_offsets(TopicPartition(topic, number))[1]
        for number in partitions
    ]
    consumer.close()
    return sum(ends)


with emulator() as environ:
    print(run("data", "lab2", "--produce", environ=environ).strip())
    before = offsets(environ, "clickstream")
    events = str(MINUTES * EVENTS_A_MINUTE)
    more = ["--stream", "--rate", "120", "--count", events]
    run("data", "lab2", "--produce", *more, environ=environ)
    after = offsets(environ, "clickstream")

print(f"clickstream rose from {before} to {after}")
print("at least 6 more:", after - before >= 6)
