"""The checks of `runthrough doctor`: each looks once, changes nothing and says what to do.

Only `--probe` costs anything: one question to the model, answered with at most one token.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from runthrough.clients.aws import Identity
from runthrough.clients.bedrock import Bedrock
from runthrough.clients.confluent import ControlPlane
from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.errors import RunthroughError, ServiceError, SettingsError
from runthrough.settings import Settings

NEEDED = (
    "CONFLUENT_CLOUD_API_KEY",
    "CONFLUENT_CLOUD_API_SECRET",
    "CONFLUENT_ORGANIZATION_ID",
    "CONFLUENT_ENVIRONMENT_ID",
    "FLINK_REST_ENDPOINT",
    "FLINK_API_KEY",
    "FLINK_API_SECRET",
    "FLINK_COMPUTE_POOL_ID",
    "KAFKA_ID",
    "KAFKA_CLUSTER_NAME",
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_REST_ENDPOINT",
    "KAFKA_API_KEY",
    "KAFKA_API_SECRET",
    "SCHEMA_REGISTRY_REST_ENDPOINT",
    "SCHEMA_REGISTRY_API_KEY",
    "SCHEMA_REGISTRY_API_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "BEDROCK_MODEL_ID",
)
"""What the labs cannot do without."""


class Verdict(StrEnum):
    """How a check ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One check: what was looked at, what was seen, and what to do where it did not pass."""

    name: str
    verdict: Verdict
    seen: str
    todo: str = ""


def examine(
    settings: Settings, *, probe: bool = False, environ: Mapping[str, str] = os.environ
) -> Iterator[Check]:
    """Yield the checks one by one, as they end; a later one needs nothing of an earlier one."""
    yield _settings(settings)
    for name, look, todo in (
        ("Cloud API key", _cloud_key, "create a key for Cloud resource management"),
        ("Kafka cluster", _cluster, "check KAFKA_ID and the role of the Cloud key"),
        ("Compute pool", _pool, "check FLINK_COMPUTE_POOL_ID and the role of the Cloud key"),
        ("Regions", _regions, "cluster, pool and connection must share cloud and region"),
        ("Flink API key", _flink_key, "create a key for the Flink region of the pool"),
        ("Kafka API key", _kafka_key, "create a key for this cluster; new ones need a minute"),
        ("Kafka broker", _broker, "check KAFKA_BOOTSTRAP_SERVERS and the network's port 9092"),
        ("Schema Registry API key", _registry_key, "create a key for this registry"),
        ("AWS credentials", _aws_keys, "fetch fresh credentials and export them in this shell"),
        ("Bedrock model", _model, "set BEDROCK_MODEL_ID to a current inference profile"),
    ):
        yield _looked(name, look, settings, todo)
    if "AWS_BEARER_TOKEN_BEDROCK" in environ:
        todo = "unset it unless you mean it: it wins over access keys in most tools"
        yield Check("Bedrock API key", Verdict.WARN, "AWS_BEARER_TOKEN_BEDROCK is set", todo)
    if probe:
        todo = "submit Anthropic's use-case form once, wait 15 minutes, ask again"
        yield _looked("Model answers", _answer, settings, todo)


def _looked(name: str, look: Callable[[Settings], str], settings: Settings, todo: str) -> Check:
    try:
        return Check(name, Verdict.PASS, settings.redact(look(settings)))
    except SettingsError as e:
        seen = f"not looked at: {', '.join(e.names)} not set" if e.names else str(e)
        return Check(name, Verdict.FAIL, settings.redact(seen), "set what is missing")
    except RunthroughError as e:
        return Check(name, Verdict.FAIL, settings.redact(str(e)), todo)


def _settings(settings: Settings) -> Check:
    missing = [name for name in NEEDED if getattr(settings, name) is None]
    if missing:
        seen = f"not set: {', '.join(missing)}"
        return Check("Settings", Verdict.FAIL, seen, "export them or name a file with --env-file")
    return Check("Settings", Verdict.PASS, f"all {len(NEEDED)} are set")


def _cloud_key(settings: Settings) -> str:
    with closing(ControlPlane.from_settings(settings)) as control_plane:
        environments = control_plane.environments()
    wanted = settings.text("CONFLUENT_ENVIRONMENT_ID")
    if wanted not in [environment.id for environment in environments]:
        raise RunthroughError(f"accepted, but it does not see the environment {wanted}")
    return f"accepted, sees {wanted}"


def _cluster(settings: Settings) -> str:
    with closing(ControlPlane.from_settings(settings)) as control_plane:
        cluster = control_plane.cluster()
    name = settings.text("KAFKA_CLUSTER_NAME")
    if cluster.name != name:
        raise RunthroughError(
            f"{cluster.id} is called {cluster.name}, KAFKA_CLUSTER_NAME is {name}"
        )
    return _provisioned(cluster.id, cluster.phase)


def _pool(settings: Settings) -> str:
    with closing(ControlPlane.from_settings(settings)) as control_plane:
        pool = control_plane.compute_pool()
    return f"{_provisioned(pool.id, pool.phase)}, at most {pool.spec.get('max_cfu', '?')} CFU"


def _provisioned(name: str, phase: str) -> str:
    if phase != "PROVISIONED":
        raise RunthroughError(f"{name} is {phase}")
    return f"{name} is {phase}"


def _regions(settings: Settings) -> str:
    with closing(ControlPlane.from_settings(settings)) as control_plane:
        cluster, pool = control_plane.cluster(), control_plane.compute_pool()
    seen = {"cluster": cluster.spec["region"], "pool": pool.spec["region"]}
    if settings.CLOUD_REGION:
        seen["CLOUD_REGION"] = settings.CLOUD_REGION
    if len(set(seen.values())) > 1:
        raise RunthroughError(", ".join(f"{what} in {region}" for what, region in seen.items()))
    return f"all in {seen['cluster']}"


def _flink_key(settings: Settings) -> str:
    with closing(Flink.from_settings(settings)) as flink:
        return f"accepted, sees {len(flink.statements())} statements"


def _kafka_key(settings: Settings) -> str:
    with closing(Kafka.from_settings(settings)) as kafka:
        return f"accepted, sees {len(kafka.topics())} topics"


def _broker(settings: Settings) -> str:
    with closing(Kafka.from_settings(settings)) as kafka:
        return f"reached, {kafka.brokers()} broker(s)"


def _registry_key(settings: Settings) -> str:
    with closing(Registry.from_settings(settings)) as registry:
        return f"accepted, sees {len(registry.subjects())} subjects"


def _aws_keys(settings: Settings) -> str:
    with closing(Identity.from_settings(settings)) as identity:
        caller = identity.caller()
    lifetime = "temporary, their end cannot be read" if identity.temporary else "long-term"
    return f"account {caller.account}, {caller.arn} ({lifetime})"


def _model(settings: Settings) -> str:
    model = settings.text("BEDROCK_MODEL_ID")
    with closing(Bedrock.from_settings(settings)) as bedrock:
        try:
            status = bedrock.model_status(model)
        except ServiceError as e:  # Bedrock does not repeat the id
            raise RunthroughError(f"{model}: {e}") from e
    end = f", ends {status.end_of_life:%Y-%m-%d}" if status.end_of_life else ""
    if status.lifecycle not in {"ACTIVE", "LEGACY"}:
        raise RunthroughError(f"{model} is {status.lifecycle}{end}")
    return f"{model} is {status.lifecycle}{end}"


def _answer(settings: Settings) -> str:
    with closing(Bedrock.from_settings(settings)) as bedrock:
        reply = bedrock.converse("Say yes.", max_tokens=1)
    return f"{reply.output_tokens} token(s) out, {reply.input_tokens} in"
