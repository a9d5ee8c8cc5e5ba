from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from runthrough.emulator.aws.app import AwsApp
from runthrough.emulator.world import AwsAccount, AwsKey, read_world, utc_now
from tests.emulator.aws.shapes import violations
from tests.waiting import LIMIT_SECONDS


@dataclass
class FakeAws:
    """The AWS side alone, on a socket of its own, with a clock that tests can set forward."""

    url: str
    account: AwsAccount
    ahead: timedelta = timedelta()
    clients: list[Any] = field(default_factory=list)

    def now(self) -> datetime:
        return utc_now() + self.ahead

    @property
    def session_key(self) -> AwsKey:
        return self.account.keys[0]

    @property
    def long_term_key(self) -> AwsKey:
        return self.account.keys[1]

    def client(
        self,
        service: Any,
        *,
        key: AwsKey | None = None,
        region: str = "us-east-1",
        **credentials: str | None,
    ) -> Any:
        """Return an unmodified boto3 client; credentials given by name replace those of the key."""
        key = key or self.session_key
        token = key.session_token
        known = {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret_access_key.get_secret_value(),
            "aws_session_token": None if token is None else token.get_secret_value(),
        }
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
            **(known | credentials),
        )
        if service in ("bedrock", "service-quotas"):
            client.meta.events.register("before-parse.*.*", _judge)
        self.clients.append(client)
        return client

    def sign(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        service: str = "bedrock",
        region: str = "us-east-1",
        key: AwsKey | None = None,
    ) -> dict[str, str]:
        """Return the headers of a request, signed by botocore; by default with the session key."""
        key = key or self.session_key
        token = key.session_token
        credentials = Credentials(
            key.access_key_id,
            key.secret_access_key.get_secret_value(),
            None if token is None else token.get_secret_value(),
        )
        request = AWSRequest(method, self.url + path, dict(headers or {}), body)
        SigV4Auth(credentials, service, region).add_auth(request)
        return dict(request.headers.items())

    def send(self, method: str, path: str, *, body: bytes = b"", **options: Any) -> httpx.Response:
        """Send a raw request, signed as `sign` does."""
        headers = self.sign(method, path, body=body, **options)
        url = self.url + path  # plain HTTP: loading certificates would cost more than the call
        return httpx.request(method, url, content=body, headers=headers, verify=False)


def _judge(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Compare every answer with the published shape of its operation."""
    status, body = response_dict["status_code"], response_dict["body"]
    if status < 300:
        service = operation_model.service_model.service_name
        assert violations(service, operation_model.name, status, body) == []


@contextmanager
def serve(build: Callable[[], Any]) -> Iterator[str]:
    """Serve an ASGI application on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(build(), log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=LIMIT_SECONDS)
        listener.close()


@contextmanager
def serve_aws(account: AwsAccount | None = None) -> Iterator[FakeAws]:
    account = account or read_world().aws
    fake = FakeAws("", account)
    with serve(lambda: AwsApp(account, started=utc_now(), clock=lambda: fake.now())) as url:
        fake.url = url
        try:
            yield fake
        finally:
            for client in fake.clients:
                client.close()


@pytest.fixture(scope="module")
def shared_aws() -> Iterator[FakeAws]:
    with serve_aws() as fake:
        yield fake


@pytest.fixture
def aws(shared_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The AWS side, its clock set right, and an environment that cannot redirect boto3."""
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    shared_aws.ahead = timedelta()
    yield shared_aws
    shared_aws.ahead = timedelta()
