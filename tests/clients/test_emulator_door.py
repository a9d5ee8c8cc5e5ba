"""The client of the emulator's own door, judged by an answer that really breaks off."""

from __future__ import annotations

from contextlib import closing

import boto3
import httpx
import pytest
from botocore.exceptions import EventStreamError

from runthrough.clients.bedrock import Bedrock
from runthrough.clients.emulator import EmulatorDoor
from runthrough.emulator.server import serve
from runthrough.errors import ServiceError, SettingsError
from runthrough.settings import Settings


def breaking_off(exception: str) -> dict[str, object]:
    return {
        "match": {"route": "/model/{modelId}/converse-stream"},
        "times": 1,
        "ends_with": {"exception": exception, "after_events": 1},
    }


def test_the_next_stream_breaks_off_and_the_one_after_does_not() -> None:
    with serve() as running:
        settings = Settings.read(running.exports)
        door = EmulatorDoor.from_settings(settings)
        door.add_fault(breaking_off("throttlingException"))
        door.close()
        runtime = boto3.client(
            "bedrock-runtime",
            endpoint_url=running.exports["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
            region_name=running.exports["AWS_REGION"],
            aws_access_key_id=running.exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=running.exports["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=running.exports["AWS_SESSION_TOKEN"],
        )

        def names() -> list[str]:
            answer = runtime.converse_stream(
                modelId=running.exports["BEDROCK_MODEL_ID"],
                messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
            )
            with closing(answer["stream"]) as stream:
                return [next(iter(event)) for event in stream]

        with pytest.raises(EventStreamError, match="throttlingException"):
            names()
        assert names()[-1] == "metadata"
        runtime.close()


def test_an_exception_no_stream_has_is_refused() -> None:
    with serve() as running:
        door = EmulatorDoor.from_settings(Settings.read(running.exports))
        with pytest.raises(ServiceError, match="noSuchException"):
            door.add_fault(breaking_off("noSuchException"))
        door.close()


def test_settings_that_name_no_emulator_are_refused() -> None:
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL_BEDROCK_RUNTIME is not set"):
        EmulatorDoor.from_settings(Settings.read({"AWS_REGION": "us-east-1"}))


def test_what_was_made_to_fail_is_put_right() -> None:
    with serve() as running:
        door = EmulatorDoor.from_settings(Settings.read(running.exports))
        door.add_fault({"match": {"family": "AWS STS"}, "answer": {"status": 503}})
        door.change_account({"access": {"standing": "hold"}})
        bedrock = Bedrock.from_settings(Settings.read(running.exports))
        with pytest.raises(ServiceError, match="Operation not allowed"):
            bedrock.converse("Hello!")
        door.put_right()
        assert bedrock.converse("Hello!").text
        listed = httpx.get(f"{running.url}/_emulator/faults").json()
        assert listed == {"faults": []}
        door.close()


def test_members_that_make_no_account_are_refused_with_their_place() -> None:
    with serve() as running:
        door = EmulatorDoor.from_settings(Settings.read(running.exports))
        with pytest.raises(ServiceError, match=r"standng.*standing"):
            door.change_account({"access": {"standng": "hold"}})
        door.close()
