"""Read the Delta table that Tableflow keeps of the topic `clickstream`."""

import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import httpx
from deltalake import DeltaTable, QueryBuilder

CLOUD = os.environ.get(
    "CONFLUENT_CLOUD_REST_ENDPOINT", "https://api.confluent.cloud"
)
TOPIC = "clickstream"
PATIENCE = 100  # seconds


def location():
    """Return where the table lies: a folder, or an address in S3."""
    answer = httpx.get(
        f"{CLOUD}/tableflow/v1/tableflow-topics/{TOPIC}",
        params={
            "environment": os.environ["CONFLUENT_ENVIRONMENT_ID"],
            "spec.kafka_cluster": os.environ["KAFKA_ID"],
        },
        auth=(
            os.environ["TABLEFLOW_API_KEY"],
            os.environ["TABLEFLOW_API_SECRET"],
        ),
    )
    answer.raise_for_status()
    return answer.json()["spec"]["storage"]["table_path"]


def files(path):
    """Return the names of a table's files."""
    if not path.startswith("s3://"):
        root = Path(path)
        found = [file for file in root.rglob("*") if file.is_file()]
        return [file.relative_to(root).as_posix() for file in found]
    bucket, prefix = urlsplit(path).netloc, urlsplit(path).path.strip("/")
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    return [
        item["Key"].removeprefix(prefix + "/")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    ]


def is_data(name):
    """Return whether a file holds rows, not notes about files."""
    return name.endswith(".parquet") and not name.startswith("_delta_log")


path = location()
end = time.monotonic() + PATIENCE
while not any(is_data(name) for name in files(path)):
    if time.monotonic() > end:
        raise SystemExit("no data file yet: wait some minutes, run me again")
    time.sleep(1)

names = files(path)
log = [name for name in names if name.startswith("_delta_log/")]
print("files in _delta_log:", len(log))
print("data files:", sum(is_data(name) for name in names))

actions = (
    QueryBuilder()
    .register("clicks", DeltaTable(path))
    .execute("SELECT `ACTION`, COUNT(*) FROM clicks GROUP BY 1 ORDER BY 1")
)
for batch in actions:
    for action, count in zip(*batch.columns, strict=True):
        print(f"{action.as_py()}: {count.as_py()}")
