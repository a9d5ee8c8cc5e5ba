"""The emulator as a service in a process of its own, and a run that knows only addresses and keys.

These are the tests closest to what a reader does: `runthrough emulate` in one shell, unmodified
clients and `runthrough run --target live` in another.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import boto3
import confluent_sql
import pytest
from botocore.exceptions import ClientError
from confluent_sql.exceptions import OperationalError
from confluent_sql.execution_mode import ExecutionMode

from runthrough.clients.confluent import ControlPlane
from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.errors import ServiceError
from runthrough.lab import read_labs
from runthrough.settings import Settings
from tests.waiting import COMMAND_SECONDS, LIMIT_SECONDS, becomes

PROJECT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "runthrough.cli")


def runthrough(*arguments: str, env: Mapping[str, str], cwd: Path = PROJECT) -> str:
    """Run a command to its end and return what it printed; a failure shows all of it."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def clean_environment() -> dict[str, str]:
    ours = set(Settings.model_fields)
    return {k: v for k, v in os.environ.items() if k not in ours}


@pytest.fixture
def exports() -> Iterator[dict[str, str]]:
    """What `runthrough emulate` prints, while it serves."""
    process = subprocess.Popen(
        [*COMMAND, "emulate", "--port", "0"],
        cwd=PROJECT,
        env={**clean_environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        found: dict[str, str] = {}
        while not {"CONFLUENT_CLOUD_API_KEY", "CLOUD_REGION"} <= found.keys():
            line = process.stdout.readline()
            assert line, process.stderr.read()
            (word, assignment) = shlex.split(line)
            assert word == "export", line
            name, _, value = assignment.partition("=")
            found[name] = value
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=COMMAND_SECONDS)
    assert process.returncode == 0, rest + errors
    assert "Traceback" not in errors, errors


def test_the_exported_names_are_settings(exports: dict[str, str]) -> None:
    """All of them, but for the reader's own bucket: the emulator has no S3."""
    own = {"TABLEFLOW_BUCKET", "TABLEFLOW_PROVIDER_INTEGRATION_ID"}
    assert set(exports) == set(Settings.model_fields) - own


def test_a_run_against_addresses_passes_and_leaves_nothing(
    exports: dict[str, str], tmp_path: Path
) -> None:
    project = copied_project(tmp_path)
    env_file = project / "workshop.env"
    env_file.write_text("".join(f"{k}='{v}'\n" for k, v in exports.items()), encoding="utf-8")
    environ = clean_environment()
    runthrough("run", "--target=live", "--env-file=workshop.env", env=environ, cwd=project)
    assert (project / "build/runthrough/messages.ndjson").is_file()
    settings = Settings.read(exports)
    with closing(Flink.from_settings(settings)) as flink:
        assert flink.query("SHOW TABLES;").rows == ()
        assert flink.query("SHOW MODELS;").rows == ()
        assert flink.connections() == ()
        assert flink.statements() == ()
    with closing(Registry.from_settings(settings)) as registry:
        assert registry.subjects() == ()
    assert topics(exports) == ()


def test_a_check_after_a_kept_run_passes_and_before_it_names_the_step(
    exports: dict[str, str], tmp_path: Path
) -> None:
    project = copied_project(tmp_path)
    environ = {**clean_environment(), **exports}
    before = subprocess.run(
        [*COMMAND, "check", "lab1", "--target=live"],
        cwd=project, env=environ, capture_output=True, text=True,
        timeout=COMMAND_SECONDS,
    )  # fmt: skip
    assert before.returncode == 1
    assert "Load the hotel data" in before.stdout + before.stderr
    assert topics(exports) == ()
    runthrough("run", "lab1", "--target=live", "--keep", env=environ, cwd=project)
    assert "bookings" in topics(exports)
    runthrough("check", "lab1", "--target=live", env=environ, cwd=project)


def test_the_doctor_passes_and_finds_a_wrong_key(exports: dict[str, str]) -> None:
    environ = {**clean_environment(), **exports}
    assert "0 failed" in runthrough("doctor", "--probe", env=environ)
    wrong = {**environ, "KAFKA_API_SECRET": "not the secret"}
    sick = subprocess.run(
        [*COMMAND, "doctor"],
        cwd=PROJECT,
        env=wrong,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert sick.returncode == 1
    assert "Kafka API key" in sick.stdout
    assert "not the secret" not in sick.stdout + sick.stderr


def test_the_labs_statements_typed_by_hand(exports: dict[str, str]) -> None:
    """Plain confluent_sql, with the statements as the feature has them."""
    runthrough("data", "lab2", "--produce", env={**clean_environment(), **exports})
    settings = Settings.read(exports)
    connection = confluent_sql.connect(
        flink_api_key=exports["FLINK_API_KEY"],
        flink_api_secret=exports["FLINK_API_SECRET"],
        environment_id=exports["CONFLUENT_ENVIRONMENT_ID"],
        organization_id=exports["CONFLUENT_ORGANIZATION_ID"],
        compute_pool_id=exports["FLINK_COMPUTE_POOL_ID"],
        database=exports["KAFKA_CLUSTER_NAME"],
        endpoint=exports["FLINK_REST_ENDPOINT"],
    )
    for lab, title in (
        ("lab1", "Create the Bedrock connection"),
        ("lab2", "Denormalize the bookings"),
        ("lab2", "Aggregate the reviews by hotel"),
        ("lab2", "Switch the aggregate to append"),
        ("lab2", "Create the review summarizer"),
        ("lab2", "Summarize the reviews"),
    ):
        connection.execute_streaming_ddl(statement_of(lab, title, settings), timeout=LIMIT_SECONDS)
    table = "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY"
    with closing(Flink.from_settings(settings)) as flink:
        changes = flink.count("AGGREGATE_HOTEL_REVIEWS")
        becomes(lambda: flink.count(table), changes)  # the summaries follow the changes
        flink.submit("SHOW TABLES", name="by-hand")
    with closing(connection.cursor(mode=ExecutionMode.SNAPSHOT)) as cursor:
        cursor.execute(f"SELECT `REVIEW_COUNT`, `REVIEW_SUMMARY` FROM `{table}`")
        rows = cursor.fetchall()
    assert len(rows) == changes
    assert all(summary for count, summary in rows if count)
    assert all("NO REVIEWS FOUND" in summary for count, summary in rows if not count)
    with pytest.raises(OperationalError, match="409"):
        connection.cursor().execute("SHOW TABLES", statement_name="by-hand")
    connection.close()


def test_plain_boto3_speaks_to_bedrock(
    exports: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No endpoint and no key in code: boto3 finds all of them in the exported variables."""
    for name, value in exports.items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session().client("bedrock-runtime")
    question = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    answer = client.converse(modelId=exports["BEDROCK_MODEL_ID"], messages=question)
    assert "2" in answer["output"]["message"]["content"][0]["text"]
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token from last week")
    stale = boto3.session.Session().client("bedrock-runtime")
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        stale.converse(modelId=exports["BEDROCK_MODEL_ID"], messages=question)
    client.close()
    stale.close()


def test_a_wrong_cloud_key_gets_the_clouds_answer(exports: dict[str, str]) -> None:
    wrong = {
        **exports,
        "CONFLUENT_CLOUD_API_KEY": exports["KAFKA_API_KEY"],
        "CONFLUENT_CLOUD_API_SECRET": exports["KAFKA_API_SECRET"],
    }
    with (
        closing(ControlPlane.from_settings(Settings.read(wrong))) as control_plane,
        pytest.raises(ServiceError, match="not a Cluster API Key") as caught,
    ):
        control_plane.environments()
    assert caught.value.status == 401


def statement_of(lab: str, title: str, settings: Settings) -> str:
    """Return the statement of a scenario with the settings put in, as a reader would."""
    scenario = read_labs(PROJECT / "features").find(lab, title)
    assert scenario is not None
    text = next(line.docstring for line in scenario.of_kind("When") if line.docstring)
    for name in Settings.model_fields:
        if "${" + name + "}" in text:
            text = text.replace("${" + name + "}", settings.text(name))
    return text


def topics(exports: Mapping[str, str]) -> tuple[str, ...]:
    with closing(Kafka.from_settings(Settings.read(exports))) as kafka:
        return kafka.topics()


def copied_project(tmp_path: Path) -> Path:
    """A folder with the labs and steps of this project and a build folder of its own."""
    for name in ("features", "steps", "labs"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    for name in ("conftest.py", "pyproject.toml", ".gitignore"):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path
