"""Creating topics through the cluster's REST API (facts confluent-cloud-api 3.6)."""

from __future__ import annotations

from typing import Any

import httpx

from runthrough.data.schemas import Topic
from runthrough.errors import ServiceError
from runthrough.settings import Settings

_TIMEOUT_SECONDS = 30.0
_BAD_REQUEST = 40002  # the API's general code; the text tells an existing topic apart


def create_topics(settings: Settings, topics: tuple[Topic, ...]) -> tuple[str, ...]:
    """Create the topics that do not exist yet and return their names.

    Records carry the time of their event, which lies months back; so nothing may be deleted for
    its age, whatever the cluster's default (seven days on Confluent Cloud).

    Raises:
        SettingsError: a setting of the Kafka cluster is missing.
        ServiceError: the cluster refused a topic, or did not answer.
    """
    settings.require("KAFKA_REST_ENDPOINT", "KAFKA_ID", "KAFKA_API_KEY")
    address = settings.text("KAFKA_REST_ENDPOINT").rstrip("/")
    address += f"/kafka/v3/clusters/{settings.text('KAFKA_ID')}/topics"
    login = (settings.text("KAFKA_API_KEY"), settings.text("KAFKA_API_SECRET"))
    with httpx.Client(auth=login, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        return tuple(topic.name for topic in topics if _create(client, address, topic))


def _create(client: httpx.Client, address: str, topic: Topic) -> bool:
    """Create one topic; False if it exists already."""
    body = {
        "topic_name": topic.name,
        "partitions_count": topic.partitions,
        "configs": [{"name": "retention.ms", "value": "-1"}],
    }
    try:
        response = client.post(address, json=body)
    except httpx.RequestError as e:
        raise ServiceError(
            f"POST {address} for topic {topic.name!r} got no answer: {type(e).__name__}: {e}"
        ) from e
    if response.is_success:
        return True
    code, message = _error(response)
    if code == _BAD_REQUEST and "already exists" in message:
        return False
    raise ServiceError(
        f"the Kafka cluster refused topic {topic.name!r}: {response.status_code}: {message}",
        status=response.status_code,
        code=str(code) if code is not None else None,
    )


def _error(response: httpx.Response) -> tuple[int | None, str]:
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body.get("error_code"), str(body.get("message", body))
    return None, response.text.strip()[:200] or response.reason_phrase
