"""The checks of `runthrough doctor`: each looks once, changes nothing and says what to do.

Only `--probe` costs anything: one question to the model, answered with at most one token.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

from runthrough.clients.confluent import ControlPlane
from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.doctor import aws_checks
from runthrough.doctor.findings import Check, Finding, Verdict
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

_UNANSWERED = "nothing answers there: check the address, the network and its proxy"


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
        ("AWS credentials", aws_checks.credentials, "check the AWS settings"),
        ("Bedrock model", aws_checks.model, "set BEDROCK_MODEL_ID to a current inference profile"),
        ("Model access", aws_checks.access, "check the model, the region and the IAM policy"),
        ("Use-case form", aws_checks.form, "allow bedrock:GetUseCaseForModelAccess"),
        ("Model quotas", aws_checks.quotas, "look them up in the Service Quotas console"),
    ):
        yield _looked(name, look, settings, todo)
    if "AWS_BEARER_TOKEN_BEDROCK" in environ:
        todo = "unset it unless you mean it: it wins over access keys in most tools"
        yield Check("Bedrock API key", Verdict.WARN, "AWS_BEARER_TOKEN_BEDROCK is set", todo)
    if "AWS_ENDPOINT_URL" in environ:
        todo = "unset it unless you mean it: it redirects every AWS service in most tools"
        yield Check("AWS endpoint", Verdict.WARN, "AWS_ENDPOINT_URL is set", todo)
    if probe:
        todo = "check the settings of AWS"
        yield _looked("Model answers", aws_checks.answers, settings, todo)


def _looked(
    name: str, look: Callable[[Settings], str | Finding], settings: Settings, todo: str
) -> Check:
    try:
        found = look(settings)
        if isinstance(found, Finding):
            return Check(name, found.verdict, settings.redact(found.seen), found.todo)
        return Check(name, Verdict.PASS, settings.redact(found))
    except SettingsError as e:
        seen = f"not looked at: {', '.join(e.names)} not set" if e.names else str(e)
        return Check(name, Verdict.FAIL, settings.redact(seen), "set what is missing")
    except RunthroughError as e:
        # Where nothing answers a new key helps nobody; the broker has advice of its own for that.
        silent = isinstance(e, ServiceError) and e.status is None and e.code is None
        advice = _UNANSWERED if silent and look is not _broker else todo
        return Check(name, Verdict.FAIL, settings.redact(str(e)), advice)


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
    for name in ("CLOUD_REGION", "AWS_REGION"):
        if region := getattr(settings, name):
            seen[name] = region
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
