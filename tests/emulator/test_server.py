from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from runthrough.emulator.server import export_lines, serve
from runthrough.emulator.world import read_world
from runthrough.errors import EmulatorError
from tests.connecting import connect
from tests.waiting import COMMAND_SECONDS, LIMIT_SECONDS

NAMES = [
    "CONFLUENT_CLOUD_API_KEY",
    "CONFLUENT_CLOUD_API_SECRET",
    "CONFLUENT_CLOUD_REST_ENDPOINT",
    "CONFLUENT_CLOUD_EMAIL",
    "CONFLUENT_CLOUD_PASSWORD",
    "CONFLUENT_ORGANIZATION_ID",
    "CONFLUENT_ENVIRONMENT_ID",
    "FLINK_REST_ENDPOINT",
    "FLINK_API_KEY",
    "FLINK_API_SECRET",
    "FLINK_COMPUTE_POOL_ID",
    "FLINK_PRINCIPAL_ID",
    "KAFKA_ID",
    "KAFKA_CLUSTER_NAME",
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_REST_ENDPOINT",
    "KAFKA_API_KEY",
    "KAFKA_API_SECRET",
    "SCHEMA_REGISTRY_ID",
    "SCHEMA_REGISTRY_REST_ENDPOINT",
    "SCHEMA_REGISTRY_API_KEY",
    "SCHEMA_REGISTRY_API_SECRET",
    "TABLEFLOW_API_KEY",
    "TABLEFLOW_API_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_BEDROCK",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SERVICE_QUOTAS",
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    "BEDROCK_MODEL_ID",
    "CLOUD_PROVIDER",
    "CLOUD_REGION",
]


def test_it_exports_the_settings_of_the_design_in_their_order() -> None:
    with serve() as running:
        assert list(running.exports) == NAMES
        assert all(running.exports.values())
        assert running.exports["KAFKA_BOOTSTRAP_SERVERS"].startswith("PLAINTEXT://127.0.0.1:")
        for name in NAMES:
            if name.endswith("REST_ENDPOINT") or name.startswith("AWS_ENDPOINT_URL"):
                assert running.exports[name] == running.url


def test_the_secrets_are_in_no_repr() -> None:
    with serve() as running:
        for key in running.world.keys:
            assert key.secret.get_secret_value() not in repr(running)


def test_a_key_the_world_lacks_is_exported_empty() -> None:
    world = read_world()
    keys = tuple(key for key in world.keys if key.scope not in {"tableflow", "flink"})
    lasting = world.aws.model_copy(update={"keys": world.aws.keys[1:]})
    with serve(world.model_copy(update={"keys": keys, "aws": lasting})) as running:
        for name in (
            "TABLEFLOW_API_KEY",
            "TABLEFLOW_API_SECRET",
            "FLINK_PRINCIPAL_ID",
            "AWS_SESSION_TOKEN",
        ):
            assert running.exports[name] == ""


def test_it_answers_at_once_and_no_more_after_the_end() -> None:
    with serve() as running:
        auth = (running.exports["FLINK_API_KEY"], running.exports["FLINK_API_SECRET"])
        path = (
            f"{running.url}/sql/v1/organizations/{running.world.organization.id}"
            f"/environments/{running.world.environment.id}/statements"
        )
        assert httpx.get(path, auth=auth, trust_env=False).json()["data"] == []
        names = {thread.name for thread in threading.enumerate()}
        assert "runthrough-emulator" in names
    with pytest.raises(httpx.ConnectError):
        httpx.get(path, auth=auth, trust_env=False)
    assert "runthrough-emulator" not in {thread.name for thread in threading.enumerate()}


def test_it_ends_although_a_statement_runs_and_a_client_is_still_connected() -> None:
    with serve() as running:
        connection = connect(running)
        connection.execute_snapshot_ddl("CREATE TABLE t (id INT)")
        cursor = connection.streaming_cursor()
        cursor.execute("SELECT * FROM t")
    connection.close()


def test_at_a_realistic_pace_a_statement_takes_its_time_to_start_and_to_go() -> None:
    with serve(pace="realistic") as running:
        world, settings = running.world, running.exports
        path = f"/sql/v1/organizations/{world.organization.id}/environments/{world.environment.id}"
        auth = (settings["FLINK_API_KEY"], settings["FLINK_API_SECRET"])
        order = {"name": "slow", "spec": {"statement": "SELECT 1"}}
        with httpx.Client(base_url=running.url + path, auth=auth, trust_env=False) as client:
            status = client.post("/statements", json=order).json()["status"]
            assert (status["phase"], status["traits"]["sql_kind"]) == ("PENDING", "SELECT")
            page = client.get("/statements/slow/results").json()
            assert (page["results"]["data"], bool(page["metadata"]["next"])) == ([], True)
            assert client.delete("/statements/slow").status_code == 202
            assert client.get("/statements/slow").json()["status"]["phase"] == "DELETING"
            assert client.post("/statements", json=order).status_code == 409


def test_a_statement_calls_models_through_our_own_bedrock_with_its_connections_keys() -> None:
    """One port for all: the gateway's statement is signed and answered by the AWS side."""
    with serve() as running:
        settings = running.exports
        connection = connect(running)
        address = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
        for sql in (
            f"CREATE CONNECTION c WITH ('type' = 'bedrock', 'endpoint' = '{address}/"
            f"{settings['BEDROCK_MODEL_ID']}/invoke',"
            f" 'aws-access-key' = '{settings['AWS_ACCESS_KEY_ID']}',"
            f" 'aws-secret-key' = '{settings['AWS_SECRET_ACCESS_KEY']}',"
            f" 'aws-session-token' = '{settings['AWS_SESSION_TOKEN']}')",
            "CREATE MODEL m INPUT (question STRING) OUTPUT (answer STRING) WITH ('provider' ="
            " 'bedrock', 'task' = 'text_generation', 'bedrock.connection' = 'c')",
            "CREATE TABLE t (question STRING)",
            "INSERT INTO t VALUES ('How are you?')",
        ):
            connection.execute_streaming_ddl(sql)
        with connection.closing_cursor() as cursor:
            cursor.execute(
                "SELECT question, answer FROM t, LATERAL TABLE(ML_PREDICT('m', question))"
            )
            ((question, answer),) = cursor.fetchall()
            assert cursor.statement.traits.connection_refs == ["c"]
        connection.close()
    assert (question, bool(answer)) == ("How are you?", True)


def test_the_end_comes_also_after_an_error_inside_the_block() -> None:
    ports: list[int] = []

    def break_off() -> None:
        with serve() as running:
            ports.append(int(running.url.rpartition(":")[2]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with serve(port=ports[0]) as again:
        assert again.url.endswith(f":{ports[0]}")


def test_two_emulators_do_not_know_each_other() -> None:
    with serve() as one, serve() as other:
        assert one.url != other.url
        auth = (one.exports["KAFKA_API_KEY"], one.exports["KAFKA_API_SECRET"])
        topics = f"/kafka/v3/clusters/{one.world.cluster.id}/topics"
        with httpx.Client(auth=auth, trust_env=False) as client:
            client.post(one.url + topics, json={"topic_name": "t"}).raise_for_status()
            assert len(client.get(one.url + topics).json()["data"]) == 1
            assert client.get(other.url + topics).json()["data"] == []


def test_a_port_in_use_is_named() -> None:
    with serve() as running:
        port = int(running.url.rpartition(":")[2])
        with pytest.raises(EmulatorError, match=f"port {port} of 127.0.0.1 cannot be used"):
            serve(port=port).__enter__()


def test_a_port_that_cannot_be_one_is_named() -> None:
    with pytest.raises(EmulatorError, match="port 70000 "):
        serve(port=70000).__enter__()


def test_export_lines_survive_a_shell() -> None:
    values = {"A": "it's $HOME `x`", "B": "", "C": "a b\\"}
    script = export_lines(values) + '\nprintf "%s|" "$A" "$B" "$C"'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shell.stdout == "it's $HOME `x`||a b\\|"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_prints_its_exports_and_ends_on_a_signal(
    number: signal.Signals,
) -> None:
    code = "from runthrough.emulator.server import serve_forever; serve_forever()"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in NAMES]
            values = dict(shlex.split(line)[1].split("=", 1) for line in lines)
            assert list(values) == NAMES
            with socket.create_connection(
                ("127.0.0.1", int(values["FLINK_REST_ENDPOINT"].rpartition(":")[2])),
                timeout=LIMIT_SECONDS,
            ):
                pass
            process.send_signal(number)
            rest, errors = process.communicate(timeout=COMMAND_SECONDS)
        finally:
            process.kill()
    assert (process.returncode, rest) == (0, "")
    url = values["FLINK_REST_ENDPOINT"]
    assert errors.startswith(f"\nThe emulator answers at {url} until Ctrl-C.\n")
    for line in (
        f"confluent login --url {url}/cpdev.cloud",
        f"confluent flink endpoint use {url}",
        f'provider "confluent" {{ endpoint = "{url}" }}',
        f"endpoint: {url}",
    ):
        assert line in errors
    secrets = [value for name, value in values.items() if "SECRET" in name or "TOKEN" in name]
    assert not any(secret in errors for secret in [*secrets, "password-of-the-default-world"])
