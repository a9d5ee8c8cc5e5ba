"""Every setting of a run: its variable, what it is for, its placeholder, whether it is secret.

The names are those the ecosystem already uses (Terraform, the AWS SDKs, Confluent's tools), so
one set of variables serves every client. `runthrough emulate` prints exactly these.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from runthrough.errors import SettingsError

REDACTED = "•••"
_PLAINTEXT = "PLAINTEXT://"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _setting(purpose: str, placeholder: str) -> Any:
    return Field(default=None, description=purpose, json_schema_extra={"placeholder": placeholder})


class Settings(BaseModel):
    """The settings of one run, as read from one place; a missing one is None.

    Field names are the variable names. An empty variable counts as missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    CONFLUENT_CLOUD_API_KEY: str | None = _setting(
        "Cloud resource management key", "<your Cloud API key>"
    )
    CONFLUENT_CLOUD_API_SECRET: SecretStr | None = _setting("its secret", "<your Cloud API secret>")
    CONFLUENT_CLOUD_REST_ENDPOINT: str = Field(
        default="https://api.confluent.cloud",
        description="control plane",
        json_schema_extra={"placeholder": "https://api.confluent.cloud"},
    )
    CONFLUENT_CLOUD_EMAIL: str | None = _setting(
        "who signs in at the confluent CLI", "<your e-mail address>"
    )
    CONFLUENT_CLOUD_PASSWORD: SecretStr | None = _setting("the password", "<your password>")
    CONFLUENT_ORGANIZATION_ID: str | None = _setting("organization", "<your organization id>")
    CONFLUENT_ENVIRONMENT_ID: str | None = _setting("environment", "<env-…>")
    FLINK_REST_ENDPOINT: str | None = _setting(
        "Flink gateway of the region", "<Flink REST endpoint>"
    )
    FLINK_API_KEY: str | None = _setting("Flink region key", "<your Flink API key>")
    FLINK_API_SECRET: SecretStr | None = _setting("its secret", "<your Flink API secret>")
    FLINK_COMPUTE_POOL_ID: str | None = _setting("compute pool", "<lfcp-…>")
    FLINK_PRINCIPAL_ID: str | None = _setting("principal of the statements", "<sa-…>")
    KAFKA_ID: str | None = _setting("Kafka cluster", "<lkc-…>")
    KAFKA_CLUSTER_NAME: str | None = _setting("its display name", "<your cluster>")
    KAFKA_BOOTSTRAP_SERVERS: str | None = _setting(
        "Kafka bootstrap; PLAINTEXT:// in front means no TLS and no login",
        "<pkc-….confluent.cloud:9092>",
    )
    KAFKA_REST_ENDPOINT: str | None = _setting("Kafka REST", "<https://pkc-….confluent.cloud:443>")
    KAFKA_API_KEY: str | None = _setting("Kafka cluster key", "<your Kafka API key>")
    KAFKA_API_SECRET: SecretStr | None = _setting("its secret", "<your Kafka API secret>")
    SCHEMA_REGISTRY_ID: str | None = _setting("Schema Registry", "<lsrc-…>")
    SCHEMA_REGISTRY_REST_ENDPOINT: str | None = _setting(
        "its address", "<https://psrc-….confluent.cloud>"
    )
    SCHEMA_REGISTRY_API_KEY: str | None = _setting(
        "Schema Registry key", "<your Schema Registry key>"
    )
    SCHEMA_REGISTRY_API_SECRET: SecretStr | None = _setting(
        "its secret", "<your Schema Registry secret>"
    )
    TABLEFLOW_API_KEY: str | None = _setting("Tableflow key", "<your Tableflow key>")
    TABLEFLOW_API_SECRET: SecretStr | None = _setting("its secret", "<your Tableflow secret>")
    TABLEFLOW_BUCKET: str | None = _setting(
        "S3 bucket of Tableflow's tables; without it Confluent stores them", "<your bucket>"
    )
    TABLEFLOW_PROVIDER_INTEGRATION_ID: str | None = _setting(
        "provider integration that reaches the bucket", "<cspi-…>"
    )
    AWS_ACCESS_KEY_ID: str | None = _setting("AWS access key", "<your AWS access key>")
    AWS_SECRET_ACCESS_KEY: SecretStr | None = _setting("its secret", "<your AWS secret key>")
    AWS_SESSION_TOKEN: SecretStr | None = _setting(
        "session token of temporary keys", "<your AWS session token>"
    )
    AWS_REGION: str | None = _setting("AWS region", "<us-east-1>")
    AWS_DEFAULT_REGION: str | None = _setting("the same, as boto3 and the AWS CLI read it", "")
    AWS_ENDPOINT_URL_BEDROCK: str | None = _setting("Bedrock control plane, if not AWS", "")
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: str | None = _setting("Bedrock runtime, if not AWS", "")
    AWS_ENDPOINT_URL_STS: str | None = _setting("STS, if not AWS", "")
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: str | None = _setting("Service Quotas, if not AWS", "")
    OPENAI_BASE_URL: str | None = _setting("OpenAI-compatible API", "<https://api.openai.com/v1>")
    OPENAI_API_KEY: SecretStr | None = _setting("its key", "<your OpenAI key>")
    BEDROCK_MODEL_ID: str | None = _setting(
        "inference profile the labs call", "<us.anthropic.claude-…>"
    )
    CLOUD_PROVIDER: str | None = _setting("cloud of pool and cluster", "aws")
    CLOUD_REGION: str | None = _setting("region of pool and cluster", "<us-east-1>")

    @classmethod
    def read(cls, environ: Mapping[str, str], *, env_file: Path | None = None) -> Self:
        """Read the settings from an environment, over those of an `.env` file if one is given.

        Raises:
            SettingsError: the file cannot be read or a line of it assigns nothing, a value has a
                blank at its begin or end (as pasted keys do, and lines of Windows read by another
                shell) or is a placeholder still, or one of a pair is missing.
        """
        values = {} if env_file is None else _read_env_file(env_file)
        values |= {k: v for k, v in environ.items() if v}
        known = {name: values[name] for name in cls.model_fields if name in values}
        empty = tuple(name for name, value in known.items() if _is_placeholder(value))
        if empty:
            raise SettingsError(f"not filled in yet: {', '.join(empty)}", names=empty)
        blank = tuple(name for name, value in known.items() if value != value.strip())
        if blank:
            message = f"paste again without a blank at begin or end: {', '.join(blank)}"
            raise SettingsError(message, names=blank)
        try:
            settings = cls.model_validate(known)
        except ValidationError as e:
            raise SettingsError(f"the settings cannot be read: {e}") from e
        settings._refuse_half_pairs()
        return settings

    def _refuse_half_pairs(self) -> None:
        for name in type(self).model_fields:
            for key, secret in (("_KEY", "_SECRET"), ("_ACCESS_KEY_ID", "_SECRET_ACCESS_KEY")):
                if not name.endswith(key):
                    continue
                other = name.removesuffix(key) + secret
                if other not in type(self).model_fields:
                    continue
                if (getattr(self, name) is None) != (getattr(self, other) is None):
                    there, missing = (other, name) if getattr(self, name) is None else (name, other)
                    raise SettingsError(f"{there} is set but {missing} is not", names=(missing,))

    def text(self, name: str) -> str:
        """Return one setting as plain text, secrets included: for clients only.

        Raises:
            SettingsError: there is no setting of that name, or it is not set.
        """
        if name not in type(self).model_fields:
            raise SettingsError(f"there is no setting {name}", names=(name,))
        value = getattr(self, name)
        if value is None:
            purpose = type(self).model_fields[name].description
            raise SettingsError(f"{name} is not set ({purpose})", names=(name,))
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    def given(self) -> Iterator[str]:
        """Yield the names of the settings that are set."""
        yield from (name for name in type(self).model_fields if getattr(self, name) is not None)

    def require(self, *names: str) -> None:
        """Check that all these settings are set. Raises SettingsError naming every missing one."""
        missing = tuple(name for name in names if getattr(self, name, None) is None)
        if missing:
            raise SettingsError(f"these settings are not set: {', '.join(missing)}", names=missing)

    def kafka_login(self) -> dict[str, str]:
        """Return where the brokers are and how to log in, in librdkafka's words.

        Raises:
            SettingsError: KAFKA_BOOTSTRAP_SERVERS or, where there is a login, its key is missing.
        """
        servers = self.text("KAFKA_BOOTSTRAP_SERVERS")
        if servers.upper().startswith(_PLAINTEXT):
            servers = servers[len(_PLAINTEXT) :]
            return {"bootstrap.servers": servers, "security.protocol": "PLAINTEXT"}
        return {
            "bootstrap.servers": servers.removeprefix("SASL_SSL://"),
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": "PLAIN",
            "sasl.username": self.text("KAFKA_API_KEY"),
            "sasl.password": self.text("KAFKA_API_SECRET"),
        }

    def secrets(self) -> Iterator[str]:
        """Yield the plain text of every secret that is set, for the one filter that hides them."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                yield value.get_secret_value()

    def redact(self, text: str) -> str:
        """Return the text with every secret of these settings replaced by •••."""
        for secret in sorted(self.secrets(), key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text


def _read_env_file(path: Path) -> dict[str, str]:
    """Return what an `.env` file assigns, empty values left out.

    `export ` before a name, quotation marks, Windows line endings and a byte-order mark are fine.

    Raises:
        SettingsError: it cannot be read, or has a line that is no assignment; with its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as e:
        raise SettingsError(f"the env file {path} does not exist") from e
    except UnicodeDecodeError as e:
        message = f"the env file {path} is not UTF-8 (PowerShell's > writes UTF-16): save it anew"
        raise SettingsError(message) from e
    except OSError as e:
        raise SettingsError(f"the env file {path} cannot be read: {e.strerror}") from e
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key is not None and not _NAME.fullmatch(binding.key)):
            lines = binding.original.string
            number = binding.original.line + len(lines) - len(lines.lstrip("\n"))
            raise SettingsError(f"{path}, line {number}: this is not a line of the form NAME=value")
    return {k: v for k, v in dotenv_values(stream=io.StringIO(text)).items() if v}


def _is_placeholder(value: str) -> bool:
    """Return whether a value is what pages and samples show in its place: `<your key>`."""
    return value.startswith("<") and value.endswith(">")


def placeholder(name: str) -> str | None:
    """Return what a page shows in place of a setting, or None where there is no such setting."""
    field = Settings.model_fields.get(name)
    if field is None:
        return None
    extra = field.json_schema_extra
    return str(extra["placeholder"]) if isinstance(extra, dict) else ""


def is_secret(name: str) -> bool:
    """Return whether a setting is a secret, judged by its type."""
    field = Settings.model_fields.get(name)
    return field is not None and "SecretStr" in str(field.annotation)
