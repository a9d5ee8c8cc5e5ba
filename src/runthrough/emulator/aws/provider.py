"""The model calls of Flink statements, sent to our own Bedrock over real HTTP.

Flink calls `https://bedrock-runtime.<region>.amazonaws.com/model/<id>/invoke` with the keys of the
connection (facts amazon-bedrock 6.4). The same request goes to this server instead, host and
signature included, so that expiry, access and throttling come back as they would from AWS. This
is the caller's side, so botocore signs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import SecretStr

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest, NoProvider
from runthrough.errors import EmulatorError

_HOST = re.compile(r"bedrock-runtime\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")


class BedrockProvider:
    """Answers model calls by calling the emulator's own Bedrock.

    Args:
        base_url: where that Bedrock is; asked at each call, because the server may start later.
    """

    def __init__(self, base_url: Callable[[], str]) -> None:
        self._base_url = base_url
        # A statement calls with up to ten threads, and several statements run at once.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
        self._client = httpx.Client(limits=limits, trust_env=False)

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._client.close()

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Send one call and return what came back.

        A call that takes longer than its timeout is answered 408, with a JSON body that says so.

        Raises:
            NoProvider: the endpoint is not Bedrock's.
            EmulatorError: nobody listens where our own Bedrock should be.
        """
        endpoint = httpx.URL(request.endpoint)
        host = _HOST.fullmatch(endpoint.host)
        if host is None:
            raise NoProvider(request.endpoint)
        path = endpoint.raw_path.decode("ascii")
        headers = _sign(f"https://{endpoint.host}{path}", request, region=host[1])
        url = httpx.URL(self._base_url()).copy_with(raw_path=endpoint.raw_path)
        try:
            response = self._client.post(
                url, content=request.body, headers=headers, timeout=request.timeout
            )
        except httpx.TimeoutException:
            said = f"The model did not answer within {request.timeout:g} seconds."
            return _reply(408, said)
        except httpx.RequestError as e:
            raise EmulatorError(f"POST {url} got no answer: {type(e).__name__}: {e}") from e
        return ModelReply(response.status_code, response.content)


def _sign(url: str, request: ModelRequest, *, region: str) -> Mapping[str, str]:
    """Return the headers of a signed call; keys go by the names of `auth_data`."""
    credentials = Credentials(
        _secret(request.credentials, "AWS_ACCESS_KEY_ID"),
        _secret(request.credentials, "AWS_SECRET_ACCESS_KEY"),
        _secret(request.credentials, "AWS_SESSION_TOKEN") or None,
    )
    host = httpx.URL(url).host
    given = {"Content-Type": request.content_type, "Accept": request.accept, "Host": host}
    signed = AWSRequest("POST", url, {**request.headers, **given}, request.body)
    SigV4Auth(credentials, "bedrock", region).add_auth(signed)
    return {name: str(value) for name, value in signed.headers.items()}


def _secret(credentials: Mapping[str, SecretStr], name: str) -> str:
    secret = credentials.get(name)
    return "" if secret is None else secret.get_secret_value()


def _reply(status: int, message: str) -> ModelReply:
    return ModelReply(status, json.dumps({"message": message}).encode())
