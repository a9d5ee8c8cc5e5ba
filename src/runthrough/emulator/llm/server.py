"""Which server `--llm` names, and how it is reached."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from runthrough.errors import EmulatorError

KEY_VARIABLE = "RUNTHROUGH_LLM_API_KEY"
TIMEOUT = 120.0
"""Seconds an answer may take, and between two pieces of one that streams."""
CHAT = "chat/completions"

_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:]+")


@dataclass(frozen=True)
class LlmServer:
    """An OpenAI-compatible server and the model to ask for.

    Attributes:
        url: its base, such as `http://127.0.0.1:11434/v1`; without a path, `/v1` is meant.
        model: the name it knows the model by; None = the first one it lists.
        key: sent as a bearer; None = it wants none.
        timeout: seconds an answer may take.
    """

    url: httpx.URL
    model: str | None = None
    key: SecretStr | None = None
    timeout: float = TIMEOUT

    @property
    def name(self) -> str:
        """Its address without anything secret, for people."""
        return str(self.url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")

    def is_at(self, address: str, port: int) -> bool:
        """Whether it is what listens there, on this machine."""
        default = 443 if self.url.scheme == "https" else 80
        return self.url.host in (address, "localhost") and (self.url.port or default) == port


def read_server(url: str, model: str | None, environment: Mapping[str, str]) -> LlmServer:
    """Return the server that `--llm` and `--llm-model` name; its key is in the environment.

    Raises:
        EmulatorError: the URL is none that can be asked, or the key none that can be sent.
    """
    try:
        parsed = httpx.URL(url)
        known = parsed.scheme in ("http", "https") and _HOST.fullmatch(parsed.host)
    except httpx.InvalidURL as e:
        raise EmulatorError(f"--llm takes the address of a server, not {url!r}: {e}") from e
    if not known:
        raise EmulatorError(
            f"--llm takes an address such as http://127.0.0.1:11434/v1, not {url!r}"
        )
    path = parsed.path.rstrip("/").removesuffix(f"/{CHAT}")
    key = environment.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EmulatorError(f"{KEY_VARIABLE} holds a character that no header can carry")
    return LlmServer(parsed.copy_with(path=path or "/v1"), model, SecretStr(key) if key else None)
