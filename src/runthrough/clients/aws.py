"""AWS: a session made from the settings alone, and who it belongs to.

boto3 reads much more of its surroundings than a run should depend on: a profile, a config file, a
stray `AWS_ENDPOINT_URL`, a Bedrock API key that beats explicit keys (facts amazon-bedrock 1.3,
1.4). With keys in the settings none of it counts. Without keys, and only where no endpoint is
overridden, boto3's own chain finds the credentials: that is how a live run uses a profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from runthrough.errors import ServiceError, SettingsError
from runthrough.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

_CONNECT_SECONDS = 10
_READ_SECONDS = 120
_TRIES = 3
_ENDPOINTS = (
    "AWS_ENDPOINT_URL_BEDROCK",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SERVICE_QUOTAS",
)
_TEMPORARY = "ASIA"


@dataclass(frozen=True)
class Caller:
    """Who AWS takes us for."""

    account: str
    arn: str


class Identity:
    """Whose AWS credentials a run uses."""

    def __init__(self, client: STSClient, *, settings: Settings, temporary: bool) -> None:
        self._client = client
        self._settings = settings
        self.temporary = temporary
        """Whether the credentials end by themselves (facts amazon-bedrock 6.2)."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Identity:
        """Make a client for STS.

        Raises:
            SettingsError: the settings do not suffice.
            ServiceError: a profile's credentials cannot be fetched (a sign-in that is over).
        """
        session = make_session(settings)
        client = session.client(
            "sts", endpoint_url=settings.AWS_ENDPOINT_URL_STS, config=client_config()
        )
        with translated(settings):
            temporary = is_temporary(session)
        return cls(client, settings=settings, temporary=temporary)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def caller(self) -> Caller:
        """Ask AWS who is calling. Raises ServiceError."""
        with translated(self._settings):
            answer = self._client.get_caller_identity()
        return Caller(account=answer["Account"], arn=answer["Arn"])


def make_session(settings: Settings) -> boto3.Session:
    """Make a session from the settings.

    Raises:
        SettingsError: the region is missing, an endpoint is overridden and keys are missing, or
            boto3 cannot read the profile it is pointed at.
    """
    settings.require("AWS_REGION")
    overridden = any(getattr(settings, name) for name in _ENDPOINTS)
    if settings.AWS_ACCESS_KEY_ID is None and not overridden:
        return _default_session(settings)
    settings.require("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    token = settings.AWS_SESSION_TOKEN
    return boto3.Session(
        aws_access_key_id=settings.AWS_ACCESS_KEY_ID,
        aws_secret_access_key=settings.text("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=None if token is None else token.get_secret_value(),
        region_name=settings.AWS_REGION,
        botocore_session=_deaf_session(),
    )


def is_temporary(session: boto3.Session) -> bool:
    """Whether a session's credentials come with a session token."""
    credentials = session.get_credentials()
    if credentials is None:
        return False
    frozen = credentials.get_frozen_credentials()
    return frozen.token is not None or str(frozen.access_key).startswith(_TEMPORARY)


def client_config() -> Config:
    """Return what every client of ours is configured with.

    SigV4 is named, because a Bedrock API key in the environment would beat explicit keys; endpoints
    come from the settings and from nowhere else.
    """
    return Config(  # type: ignore[call-arg]  # the stubs do not know the second one yet
        signature_version="v4",
        ignore_configured_endpoint_urls=True,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        tcp_keepalive=True,
    )


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Turn botocore's errors into ServiceError.

    Secrets are taken out of the text: a signature that does not match is answered with the whole
    canonical request, session token included.
    """
    try:
        yield
    except ClientError as e:
        error, metadata = e.response.get("Error", {}), e.response.get("ResponseMetadata", {})
        code, said = str(error.get("Code", "")), settings.redact(str(error.get("Message", "")))
        raise ServiceError(
            f"{e.operation_name} was refused: {code}: {said}",
            status=metadata.get("HTTPStatusCode"),
            code=code,
        ) from _without_secrets(e, settings)
    except BotoCoreError as e:
        raise ServiceError(
            f"AWS gave no answer: {type(e).__name__}: {settings.redact(str(e))}",
            code=type(e).__name__,
        ) from e


def _without_secrets(error: ClientError, settings: Settings) -> ClientError:
    """Return an error that a traceback may show: its own text and no more than that."""
    error.args = tuple(settings.redact(str(argument)) for argument in error.args)
    return error


def _default_session(settings: Settings) -> boto3.Session:
    try:
        return boto3.Session(region_name=settings.AWS_REGION)
    except BotoCoreError as e:
        raise SettingsError(f"the AWS profile cannot be used: {e}", names=("AWS_PROFILE",)) from e


def _deaf_session() -> botocore.session.Session:
    """Make a botocore session that looks up no profile and reads no shared file."""
    nothing = (None, None, None, None)
    names = ("profile", "config_file", "credentials_file")
    return botocore.session.Session(session_vars=dict.fromkeys(names, nothing))
