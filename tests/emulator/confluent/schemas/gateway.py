"""What the Flink gateway's answers look like, written from facts/confluent-cloud-api.md 1.3-1.6, 2.

Strict: an answer with a field that is not here, or without one that is, is wrong.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Link = Annotated[str, Field(pattern=r"^http://[^/]+/sql/v1/organizations/")]


def _next(value: str) -> str:
    """Facts 1.4: the end is "", else a full URL whose last parameter is the token."""
    assert value == "" or re.search(r"^http://[^?]+\?(.*&)?page_token=[-\w]+$", value), value
    return value


Next = Annotated[str, AfterValidator(_next)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(_Strict):
    self: Link
    uid: Uuid
    resource_version: Annotated[str, Field(min_length=1)]
    created_at: Timestamp
    updated_at: Timestamp


class StatementMetadata(Metadata):
    labels: dict[str, str]


class StatementSpec(_Strict):
    statement: str
    properties: dict[str, str]
    compute_pool_id: Annotated[str, Field(min_length=1)]
    principal: Annotated[str, Field(min_length=1)]
    stopped: bool


class DataType(_Strict):
    type: Literal[
        "CHAR",
        "VARCHAR",
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "DECIMAL",
        "FLOAT",
        "DOUBLE",
        "BINARY",
        "VARBINARY",
        "DATE",
        "TIME_WITHOUT_TIME_ZONE",
        "TIMESTAMP_WITHOUT_TIME_ZONE",
        "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
        "INTERVAL_YEAR_MONTH",
        "INTERVAL_DAY_TIME",
        "ARRAY",
        "MAP",
        "MULTISET",
        "ROW",
        "NULL",
    ]
    nullable: bool
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    fractional_precision: int | None = None
    resolution: Literal["YEAR_TO_MONTH", "DAY_TO_SECOND"] | None = None
    key_type: DataType | None = None
    value_type: DataType | None = None
    element_type: DataType | None = None
    fields: list[RowField] | None = None


class RowField(_Strict):
    name: str
    field_type: DataType


class Column(_Strict):
    name: str
    type: DataType


class Schema(_Strict):
    columns: list[Column]


class Traits(_Strict):
    sql_kind: Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")]
    is_bounded: bool
    is_append_only: bool
    upsert_columns: list[int] | None
    connection_refs: list[str]
    schema_: Schema | None = Field(alias="schema")


class ScalingStatus(_Strict):
    scaling_state: Literal["OK", "PENDING_SCALE_DOWN", "PENDING_SCALE_UP", "POOL_EXHAUSTED"]
    last_updated: Timestamp


class Warning_(_Strict):
    severity: Literal["LOW", "MODERATE", "CRITICAL"]
    created_at: Timestamp
    reason: Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")]
    message: str


class StatementStatus(_Strict):
    """`FAILING` is unknown to the driver and never sent (facts 2.3)."""

    phase: Literal[
        "PENDING", "RUNNING", "COMPLETED", "DELETING", "FAILED", "STOPPING", "STOPPED", "DEGRADED"
    ]
    detail: str
    network_kind: Literal["PUBLIC", "PRIVATE"]
    scaling_status: ScalingStatus
    traits: Traits | None = None
    latest_offsets: dict[
        str,
        Annotated[str, Field(pattern=r"^partition:\d+,offset:\d+(;partition:\d+,offset:\d+)*$")],
    ] = {}
    latest_offsets_timestamp: Timestamp | None = None
    warnings: list[Warning_] = []


class Change(_Strict):
    """A row: strings, nulls and arrays of them, nothing else (facts 2.6)."""

    op: Annotated[int, Field(ge=0, le=3)]
    row: list[Any]

    def model_post_init(self, _context: object) -> None:
        _check_value(self.row)


def _check_value(value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _check_value(item)
    else:
        assert value is None or isinstance(value, str), f"{value!r} is no string"


class Results(_Strict):
    data: list[Change]


class ResultMetadata(_Strict):
    self: Link
    next: Next
    created_at: Timestamp


class StatementResult(_Strict):
    api_version: Literal["sql/v1"]
    kind: Literal["StatementResult"]
    metadata: ResultMetadata
    results: Results


class _Envelope(_Strict):
    api_version: Literal["sql/v1"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    organization_id: Uuid
    environment_id: Annotated[str, Field(pattern=r"^env-")]


class Statement(_Envelope):
    kind: Literal["Statement"]
    metadata: StatementMetadata
    spec: StatementSpec
    status: StatementStatus
    result: StatementResult | None = None

    def model_post_init(self, _context: object) -> None:
        """Facts 2.4: whoever runs or has run says what its SQL is."""
        if self.status.phase in {"RUNNING", "COMPLETED", "STOPPED"}:
            assert self.status.traits is not None, self.status.phase


class ListMetadata(_Strict):
    self: Link
    next: Next


class StatementList(_Strict):
    api_version: Literal["sql/v1"]
    kind: Literal["StatementList"]
    metadata: ListMetadata
    data: Annotated[list[Statement], Field(max_length=100)]


class StatementException(_Strict):
    kind: Literal["StatementException"]
    name: Annotated[str, Field(pattern=r"Exception$")]
    message: Annotated[str, Field(min_length=1)]
    timestamp: Timestamp


class StatementExceptionList(_Strict):
    api_version: Literal["sql/v1"]
    kind: Literal["StatementExceptionList"]
    metadata: ListMetadata
    data: Annotated[list[StatementException], Field(max_length=10)]


class AuthData(_Strict):
    kind: Literal["PlaintextProvider"]
    data: Literal["<REDACTED>"]


class ConnectionSpec(_Strict):
    connection_type: Literal[
        "AZUREML",
        "AZUREOPENAI",
        "A2A",
        "ANTHROPIC",
        "BEDROCK",
        "CONFLUENT_JDBC",
        "COSMOSDB",
        "COUCHBASE",
        "ELASTIC",
        "FIREWORKSAI",
        "GOOGLEAI",
        "MCP_SERVER",
        "MONGODB",
        "OPENAI",
        "PINECONE",
        "REST",
        "S3VECTORS",
        "SAGEMAKER",
        "VERTEXAI",
    ]
    endpoint: Annotated[str, Field(min_length=1, max_length=16384)]
    auth_data: AuthData


class ConnectionStatus(_Strict):
    phase: Literal["READY"]
    detail: str


class Connection(_Envelope):
    kind: Literal["Connection"]
    metadata: Metadata
    spec: ConnectionSpec
    status: ConnectionStatus


class ConnectionList(_Strict):
    api_version: Literal["sql/v1"]
    kind: Literal["ConnectionList"]
    metadata: ListMetadata
    data: Annotated[list[Connection], Field(max_length=100)]


class Distribution(_Strict):
    kind: Literal["HASH"]
    keys: list[str]
    bucket_count: int


class Watermark(_Strict):
    column_name: str
    expression: str


class Constraint(_Strict):
    kind: Literal["PRIMARY_KEY"]
    columns: Annotated[list[str], Field(min_length=1)]
    enforced: Literal[False]


class MaterializedSpec(_Strict):
    kafka_cluster_id: Annotated[str, Field(pattern=r"^lkc-")]
    compute_pool_id: Annotated[str, Field(pattern=r"^lfcp-")]
    principal: str
    query: Annotated[str, Field(min_length=1)]
    columns: list[Column]
    watermark: Watermark | None
    constraints: list[Constraint]
    distribution: Distribution
    table_options: dict[str, str]
    session_options: dict[str, str]
    stopped: bool


class MaterializedStatus(_Strict):
    phase: Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "STOPPED"]
    detail: str
    version: Annotated[int, Field(ge=1)]
    latest_version: Annotated[int, Field(ge=1)]


class MaterializedTable(_Envelope):
    kind: Literal["MaterializedTable"]
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]+$", max_length=249)]
    metadata: Metadata
    spec: MaterializedSpec
    status: MaterializedStatus


class MaterializedTableList(_Strict):
    api_version: Literal["sql/v1"]
    kind: Literal["MaterializedTableList"]
    metadata: ListMetadata
    data: Annotated[list[MaterializedTable], Field(max_length=100)]


class Source(_Strict):
    pointer: str | None = None
    parameter: str | None = None


class Error(_Strict):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    status: Annotated[str, Field(pattern=r"^[45]\d\d$")]
    detail: Annotated[str, Field(min_length=1)]
    source: Source
    code: str | None = None
    title: str | None = None


class Errors(_Strict):
    errors: Annotated[list[Error], Field(min_length=1)]


_NAME = r"[^/?]+"
_TABLES = f"/databases/{_NAME}/materialized-tables"
_ANSWERS: tuple[tuple[str, str, dict[int, type[BaseModel] | None]], ...] = (
    ("GET", "/statements", {200: StatementList}),
    ("POST", "/statements", {201: Statement}),
    ("GET", f"/statements/{_NAME}", {200: Statement}),
    ("PUT", f"/statements/{_NAME}", {202: None}),
    ("PATCH", f"/statements/{_NAME}", {200: Statement}),
    ("DELETE", f"/statements/{_NAME}", {202: None}),
    ("GET", f"/statements/{_NAME}/results", {200: StatementResult}),
    ("GET", f"/statements/{_NAME}/exceptions", {200: StatementExceptionList}),
    ("GET", "/connections", {200: ConnectionList}),
    ("POST", "/connections", {201: Connection}),
    ("GET", f"/connections/{_NAME}", {200: Connection}),
    ("PUT", f"/connections/{_NAME}", {200: None}),
    ("DELETE", f"/connections/{_NAME}", {200: None}),
    ("GET", "/materialized-tables", {200: MaterializedTableList}),
    ("POST", _TABLES, {201: MaterializedTable}),
    ("GET", f"{_TABLES}/{_NAME}", {200: MaterializedTable}),
    ("PUT", f"{_TABLES}/{_NAME}", {200: MaterializedTable}),
    ("DELETE", f"{_TABLES}/{_NAME}", {202: None}),
    ("GET", f"{_TABLES}/{_NAME}/versions", {200: MaterializedTableList}),
    ("GET", f"{_TABLES}/{_NAME}/versions/{_NAME}", {200: MaterializedTable}),
)
"""Method, path below the environment, status of success → the answer; None = an empty one."""


def check(answer: httpx.Response) -> None:
    """Compare an answer with what it should look like; for an event hook of httpx.

    Raises:
        AssertionError: the status is none the route has, or an empty answer is not empty.
        ValidationError: the body has another form.
    """
    answer.read()
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    if answer.is_error:
        body = Errors.model_validate_json(answer.content)
        assert body.errors[0].status == str(answer.status_code)
        return
    method, path = answer.request.method, answer.request.url.raw_path.decode()
    below = path.partition("/environments/")[2].partition("/")[2].partition("?")[0]
    for known, pattern, models in _ANSWERS:
        if known == method and re.fullmatch(pattern, f"/{below}"):
            assert answer.status_code in models, f"{method} {path}: {answer.status_code}"
            model = models[answer.status_code]
            if model is None:
                assert answer.content == b""
            else:
                model.model_validate_json(answer.content)
            return
    raise AssertionError(f"{method} {path} answered {answer.status_code} and is not known")
