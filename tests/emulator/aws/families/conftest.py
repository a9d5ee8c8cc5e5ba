from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.world import utc_now
from tests.emulator.aws.conftest import FakeAws

ALIVE = datetime(2024, 6, 1, tzinfo=UTC)
"""A day on which every model of the catalogue that has an end was alive."""


class Vendors:
    """InvokeModel and Converse through boto3, on a day when older models still answer."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        aws.ahead = ALIVE - utc_now()
        self._clients: dict[str, Any] = {}

    def client(self, region: str = "us-east-1") -> Any:
        if region not in self._clients:
            self._clients[region] = self.aws.client("bedrock-runtime", region=region)
        return self._clients[region]

    def invoke(self, model: str, body: Any, *, region: str = "us-east-1") -> Any:
        """Return the vendor's body of an answer."""
        reply = self.client(region).invoke_model(modelId=model, body=json.dumps(body))
        answer = json.loads(reply["body"].read())
        self.headers = reply["ResponseMetadata"]["HTTPHeaders"]
        return answer

    def refusal(self, model: str, body: Any, *, region: str = "us-east-1") -> str:
        """Return the text of the ValidationException that a body gets."""
        return self.error(lambda: self.invoke(model, body, region=region))

    def error(self, call: Callable[[], Any]) -> str:
        with pytest.raises(ClientError) as caught:
            call()
        response = caught.value.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        assert (status, response["Error"]["Code"]) == (400, "ValidationException"), response
        text: str = response["Error"]["Message"]
        return text

    def complaint(self, model: str, body: Any, *, region: str = "us-east-1") -> str:
        """Return what a schema says of a body, without the words around it."""
        text = self.refusal(model, body, region=region)
        before, after = "Malformed input request: ", ", please reformat your input and try again."
        assert text.startswith(before), text
        assert text.endswith(after), text
        return text.removeprefix(before).removesuffix(after)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@pytest.fixture
def vendors(aws: FakeAws) -> Any:
    made = Vendors(aws)
    yield made
    made.close()
