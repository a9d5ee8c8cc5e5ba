from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from pydantic import SecretStr

from runthrough.clients.aws import Identity
from runthrough.clients.bedrock import Bedrock
from runthrough.emulator.aws.app import AwsApp
from runthrough.emulator.world import read_world, utc_now
from runthrough.errors import ServiceError, SettingsError
from runthrough.settings import Settings
from tests.waiting import LIMIT_SECONDS

WORLD = read_world()
SESSION, LONG_TERM = WORLD.aws.keys


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    app = AwsApp(WORLD.aws, started=utc_now(), clock=utc_now)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=LIMIT_SECONDS)
    listener.close()


@pytest.fixture
def settings(url: str) -> Settings:
    assert SESSION.session_token is not None
    return Settings.read(
        {
            "AWS_ACCESS_KEY_ID": SESSION.access_key_id,
            "AWS_SECRET_ACCESS_KEY": SESSION.secret_access_key.get_secret_value(),
            "AWS_SESSION_TOKEN": SESSION.session_token.get_secret_value(),
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_BEDROCK": url,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
            "AWS_ENDPOINT_URL_STS": url,
            "BEDROCK_MODEL_ID": WORLD.aws.model_id,
        }
    )


@pytest.fixture(autouse=True)
def _hostile_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment may count: not a profile, not an address, not an API key."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-of-someone-else")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASOMEONEELSE00000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-someone-else")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def test_converse_returns_text_and_usage(settings: Settings) -> None:
    reply = Bedrock.from_settings(settings).converse("What is 1+1?")
    assert "2" in reply.text
    assert reply.stop_reason == "end_turn"
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0


def test_converse_takes_a_system_prompt_and_a_limit(settings: Settings) -> None:
    bedrock = Bedrock.from_settings(settings)
    assert bedrock.converse("Hello!", system="Answer in French.").text.startswith("Bonjour")
    assert bedrock.converse("Write an essay.", max_tokens=5).stop_reason == "max_tokens"


def test_invoke_sends_the_vendors_body(settings: Settings) -> None:
    answer = Bedrock.from_settings(settings).invoke(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 50,
            "messages": [{"role": "user", "content": "What is 2+2?"}],
        }
    )
    assert answer["content"][0]["text"] == "2 + 2 = 4."


def test_a_retired_model_is_an_error_with_facts(settings: Settings) -> None:
    with pytest.raises(ServiceError, match="end of its life") as caught:
        Bedrock.from_settings(settings).converse(
            "hello", model_id="anthropic.claude-3-7-sonnet-20250219-v1:0"
        )
    assert (caught.value.status, caught.value.code) == (404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    "model_id", ["us.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"]
)
def test_the_status_of_a_model_is_read_through_its_profile(
    settings: Settings, model_id: str
) -> None:
    status = Bedrock.from_settings(settings).model_status(model_id)
    assert (status.base_id, status.lifecycle) == ("anthropic.claude-sonnet-4-6", "ACTIVE")
    assert status.end_of_life is None


def test_the_status_of_a_legacy_model_names_its_end(settings: Settings) -> None:
    status = Bedrock.from_settings(settings).model_status(
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    )
    assert status.lifecycle == "LEGACY"
    assert status.end_of_life is not None
    assert status.end_of_life.isoformat() == "2027-04-08T00:00:00+00:00"


def test_the_status_of_a_dead_model_is_404(settings: Settings) -> None:
    with pytest.raises(ServiceError) as caught:
        Bedrock.from_settings(settings).model_status("anthropic.claude-3-7-sonnet-20250219-v1:0")
    assert caught.value.status == 404


def test_no_error_shows_a_secret(settings: Settings) -> None:
    """AWS answers a wrong signature with the whole canonical request."""
    wrong = settings.model_copy(update={"AWS_SECRET_ACCESS_KEY": SecretStr("wrong-secret-0000")})
    with pytest.raises(ServiceError, match="InvalidSignatureException") as caught:
        Bedrock.from_settings(wrong).converse("hello")
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__cause__}"
    for secret in (*settings.secrets(), *wrong.secrets()):
        assert secret not in shown


def test_nobody_answering_has_no_status(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        lost = settings.model_copy(update={"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": address})
        with pytest.raises(ServiceError, match="gave no answer") as caught:
            Bedrock.from_settings(lost).converse("hello")
    assert caught.value.status is None
    assert caught.value.code == "EndpointConnectionError"


def test_the_caller_is_known(settings: Settings) -> None:
    identity = Identity.from_settings(settings)
    assert identity.caller().account == WORLD.aws.account_id
    assert identity.caller().arn == SESSION.arn
    assert identity.temporary


def test_long_term_keys_are_not_temporary(settings: Settings) -> None:
    long_term = settings.model_copy(
        update={
            "AWS_ACCESS_KEY_ID": LONG_TERM.access_key_id,
            "AWS_SECRET_ACCESS_KEY": LONG_TERM.secret_access_key,
            "AWS_SESSION_TOKEN": None,
        }
    )
    identity = Identity.from_settings(long_term)
    assert identity.caller().arn == LONG_TERM.arn
    assert not identity.temporary


def test_an_address_without_keys_is_refused_before_anything_is_sent(settings: Settings) -> None:
    keyless = settings.model_copy(
        update={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_SESSION_TOKEN": None}
    )
    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"):
        Bedrock.from_settings(keyless)


def test_a_missing_region_is_named(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        Identity.from_settings(settings.model_copy(update={"AWS_REGION": None}))


def test_an_expired_session_says_so(settings: Settings, url: str) -> None:
    started = utc_now() - timedelta(hours=13)
    app = AwsApp(WORLD.aws, started=started, clock=utc_now)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    late = f"http://127.0.0.1:{listener.getsockname()[1]}"
    old = settings.model_copy(update={"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": late})
    try:
        with pytest.raises(ServiceError) as caught:
            Bedrock.from_settings(old).converse("hello")
    finally:
        server.should_exit = True
        thread.join(timeout=LIMIT_SECONDS)
        listener.close()
    assert (caught.value.status, caught.value.code) == (403, "ExpiredTokenException")


def test_without_keys_and_addresses_boto3_finds_the_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-someone-else")
    live = Settings.read({"AWS_REGION": "us-east-1"})
    assert Identity.from_settings(live).temporary


def test_a_profile_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="no-such-profile"):
        Bedrock.from_settings(Settings.read({"AWS_REGION": "us-east-1"}))
