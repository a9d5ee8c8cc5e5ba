"""The model calls of Flink statements, sent to our own OpenAI over HTTP.

A statement's call goes to this server instead of `api.openai.com`, as those to Bedrock do, so that
faults and the log of requests know it too.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

import httpx

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest, NoProvider
from runthrough.emulator.openai.replies import Refused, refusal_reply
from runthrough.errors import EmulatorError

HOST = "api.openai.com"


def path_of(endpoint: str, own: Collection[str] = ()) -> str:
    """Return the path of an endpoint.

    Args:
        endpoint: an address.
        own: further hosts, with their ports, that are this OpenAI.

    Raises:
        NoProvider: it is not OpenAI's.
    """
    parts = urlsplit(endpoint)
    if parts.hostname != HOST and parts.netloc not in own:
        raise NoProvider(endpoint)
    return parts.path.rstrip("/")


class OpenAiProvider:
    """Answers model calls by calling the emulator's own OpenAI.

    Args:
        base_url: where it is served.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._own = (base_url.removeprefix("http://"),)
        self._client = httpx.Client(trust_env=False)

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._client.close()

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Send one call and return what came back; 408 where it took longer than its timeout.

        Raises:
            NoProvider: the endpoint is not OpenAI's.
            EmulatorError: the call got no answer.
        """
        url = self._base_url + path_of(request.endpoint, self._own)
        key = _key(request)
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        headers = {**request.headers, "Content-Type": request.content_type, **bearer}
        try:
            response = self._client.post(
                url, content=request.body, headers=headers, timeout=request.timeout
            )
        except httpx.TimeoutException:
            message = f"The model did not answer within {request.timeout:g} seconds."
            return ModelReply(408, refusal_reply(Refused(408, message)).body)
        except httpx.RequestError as e:
            raise EmulatorError(f"POST {url} got no answer: {type(e).__name__}: {e}") from e
        return ModelReply(response.status_code, response.content)


def _key(request: ModelRequest) -> str:
    secret = request.credentials.get("API_KEY")
    return "" if secret is None else secret.get_secret_value()
