"""Flink on Confluent Cloud, through Confluent's own driver, and connections through REST.

The driver raises where a statement FAILED. In a workshop a refusal is something to look at, so
this client returns the statement with its phase and detail, and raises only where the service
itself refused the request or did not answer.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import confluent_sql
from confluent_sql.exceptions import Error, OperationalError, StatementNotFoundError
from confluent_sql.execution_mode import ExecutionMode

from runthrough.clients.http import Http
from runthrough.errors import FailedQueryError, ServiceError
from runthrough.settings import Settings

_SUBMIT_SECONDS = 300
_LABEL = "runthrough"


class Phase(StrEnum):
    """Where a statement stands. A phase this enum does not know is read as UNKNOWN."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    FAILING = "FAILING"
    DEGRADED = "DEGRADED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> Phase:
        return cls.UNKNOWN


@dataclass(frozen=True)
class Statement:
    """A SQL statement as the gateway reports it."""

    name: str
    phase: Phase
    detail: str
    sql: str
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_response(cls, body: Mapping[str, Any]) -> Statement:
        """Read a statement of the gateway. Raises ServiceError where a part is missing."""
        try:
            status = body["status"]
            return cls(
                name=body["name"],
                phase=Phase(status["phase"]),
                detail=status.get("detail") or "",
                sql=body["spec"]["statement"],
                raw=body,
            )
        except KeyError as e:
            raise ServiceError(f"the statement in this answer has no {e}") from e


@dataclass(frozen=True)
class Connection:
    """A Flink connection; `data` is what the gateway shows of its secrets."""

    name: str
    type: str
    endpoint: str
    phase: str
    data: str

    @classmethod
    def from_response(cls, body: Mapping[str, Any]) -> Connection:
        """Read a connection of the gateway. Raises ServiceError where a part is missing."""
        try:
            spec = body["spec"]
            return cls(
                name=body["name"],
                type=spec["connection_type"],
                endpoint=spec["endpoint"],
                phase=(body.get("status") or {}).get("phase") or "",
                data=(spec.get("auth_data") or {}).get("data") or "",
            )
        except KeyError as e:
            raise ServiceError(f"the connection in this answer has no {e}") from e


@dataclass(frozen=True)
class Rows:
    """A result: column names and rows of Python values, in the order they arrived."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> tuple[Any, ...]:
        """Return the values of one column. Raises ServiceError naming the columns there are."""
        if name not in self.columns:
            raise ServiceError(f"the result has no column {name!r}, only {', '.join(self.columns)}")
        at = self.columns.index(name)
        return tuple(row[at] for row in self.rows)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield every row as a dict."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))


class Flink:
    """The Flink gateway of the settings."""

    def __init__(
        self, connection: confluent_sql.Connection, http: Http, *, settings: Settings
    ) -> None:
        self._connection, self._http, self._settings = connection, http, settings
        organization = settings.text("CONFLUENT_ORGANIZATION_ID")
        environment = settings.text("CONFLUENT_ENVIRONMENT_ID")
        self._base = f"/sql/v1/organizations/{organization}/environments/{environment}"

    @classmethod
    def from_settings(cls, settings: Settings) -> Flink:
        """Build the client. Raises SettingsError naming what is missing."""
        settings.require(
            "FLINK_REST_ENDPOINT",
            "FLINK_API_KEY",
            "FLINK_API_SECRET",
            "CONFLUENT_ORGANIZATION_ID",
            "CONFLUENT_ENVIRONMENT_ID",
            "FLINK_COMPUTE_POOL_ID",
            "KAFKA_CLUSTER_NAME",
        )
        http = Http(
            base_url=settings.text("FLINK_REST_ENDPOINT"),
            key=settings.text("FLINK_API_KEY"),
            secret=settings.text("FLINK_API_SECRET"),
        )
        connection = _connect(settings, database=settings.text("KAFKA_CLUSTER_NAME"))
        return cls(connection, http, settings=settings)

    def close(self) -> None:
        """Close the connections; running statements go on."""
        self._connection.close()
        self._http.close()

    def new_name(self) -> str:
        """Return a name for a statement that needs none of its own."""
        return f"{_LABEL}-{uuid.uuid4()}"

    def submit(self, sql: str, *, name: str | None = None, in_database: bool = True) -> Statement:
        """Submit a statement and return it once it runs or has ended, FAILED included.

        Args:
            sql: the text, sent as it is.
            name: the statement's name; without one it gets a name of its own.
            in_database: False names no database, as a workspace does before one is chosen.

        Raises:
            ServiceError: the gateway refused the request (409: the name is taken) or a statement
                was still PENDING after five minutes.
        """
        name = name or self.new_name()
        if not in_database:
            with closing(_connect(self._settings, database=None)) as nowhere:
                return self._submit(nowhere, sql, name)
        return self._submit(self._connection, sql, name)

    def _submit(self, connection: confluent_sql.Connection, sql: str, name: str) -> Statement:
        cursor = connection.cursor(mode=ExecutionMode.STREAMING_DDL)
        try:
            cursor.execute(
                sql, statement_name=name, statement_labels=[_LABEL], timeout=_SUBMIT_SECONDS
            )
        except OperationalError as e:
            found = None if e.http_status_code else self.find(name)
            if found is None or found.phase is Phase.PENDING:
                raise _translated(f"the statement {name!r}", e) from e
            return found
        except Error as e:
            raise _translated(f"the statement {name!r}", e) from e
        return self.get(name)

    def query(self, sql: str) -> Rows:
        """Return what a query shows of the tables as they are now (a snapshot query).

        Raises:
            FailedQueryError: the statement FAILED; its detail is in the text.
            ServiceError: the gateway refused the request or did not answer.
        """
        with closing(self._connection.cursor(mode=ExecutionMode.SNAPSHOT)) as cursor:
            try:
                cursor.execute(sql, statement_labels=[_LABEL], timeout=_SUBMIT_SECONDS)
                rows = tuple(tuple(row) for row in cursor.fetchall())
                return Rows(tuple(column[0] for column in cursor.description or ()), rows)
            except Error as e:
                raise _of_query(cursor, e) from e

    def changes(self, sql: str, *, seconds: float) -> Rows:
        """Return the changelog of a streaming query as far as it came within some seconds.

        The first column is `op` (`+I`, `-U`, `+U`, `-D`). The statement is stopped and deleted
        afterwards. A result that stays away for a second after the first rows counts as complete.

        Raises:
            FailedQueryError: the statement FAILED; its detail is in the text.
            ServiceError: the gateway refused the request or did not answer.
        """
        cursor = self._connection.cursor(mode=ExecutionMode.STREAMING_QUERY)
        rows: list[tuple[Any, ...]] = []
        try:
            cursor.execute(sql, statement_labels=[_LABEL], timeout=_SUBMIT_SECONDS)
            columns = tuple(column[0] for column in cursor.description or ())
            end = quiet_end = time.monotonic() + seconds
            while time.monotonic() < min(end, quiet_end) and cursor.may_have_results:
                page = cursor.fetchmany(1000)
                rows += [_with_op(row) for row in page]
                if page:
                    quiet_end = time.monotonic() + 1
            return Rows(("op", *columns), tuple(rows))
        except Error as e:
            raise _of_query(cursor, e) from e
        finally:
            self._end(cursor)

    def count(self, table: str, *, where: str | None = None) -> int:
        """Return how many rows of a table fulfil a condition now. Raises ServiceError."""
        condition = f" WHERE {where}" if where else ""
        rows = self.query(f"SELECT COUNT(*) AS `n` FROM `{table}`{condition};").rows
        return int(rows[0][0]) if rows else 0

    def has(self, kind: str, name: str) -> bool:
        """Return whether a table, view, model or connection of that name exists."""
        if kind.upper() == "CONNECTION":
            return name in {connection.name for connection in self.connections()}
        return (name,) in self.query(f"SHOW {kind.upper()}S;").rows

    def drop(self, kind: str, name: str) -> None:
        """Drop a table, a view, or a model with all its versions, if it is there.

        Raises:
            ServiceError: with the words of the refusal.
        """
        whole = f"{name}$all" if kind.upper() == "MODEL" else name  # the name alone is one version
        statement = self.submit(f"DROP {kind.upper()} IF EXISTS `{whole}`;")
        self.delete(statement.name)
        if statement.phase is not Phase.COMPLETED:
            what = f"dropping the {kind} {name!r}"
            raise ServiceError(f"{what} ended {statement.phase}: {statement.detail}")

    def get(self, name: str) -> Statement:
        """Return a statement. Raises ServiceError, status 404 where there is none."""
        return Statement.from_response(self._http.get(f"{self._base}/statements/{name}"))

    def find(self, name: str) -> Statement | None:
        """Return a statement, or None where there is none."""
        try:
            return self.get(name)
        except ServiceError as e:
            if e.status == 404:
                return None
            raise

    def statements(self) -> tuple[Statement, ...]:
        """Return all statements of the environment."""
        found = self._http.pages(f"{self._base}/statements")
        return tuple(Statement.from_response(body) for body in found)

    def stop(self, name: str) -> None:
        """Stop a statement and wait until it has stopped. Raises ServiceError."""
        try:
            self._connection.stop_statement(name)
        except StatementNotFoundError:
            return
        except Error as e:
            raise _translated(f"stopping {name!r}", e) from e

    def delete(self, name: str) -> None:
        """Delete a statement, running or not; one that is gone already counts as deleted."""
        self._http.delete(f"{self._base}/statements/{name}")

    def exceptions(self, name: str) -> tuple[str, ...]:
        """Return the messages of a statement's latest exceptions, newest first."""
        body = self._http.get(f"{self._base}/statements/{name}/exceptions")
        return tuple(e["message"] for e in body["data"])

    def connections(self) -> tuple[Connection, ...]:
        """Return the connections of the environment."""
        found = self._http.pages(f"{self._base}/connections")
        return tuple(Connection.from_response(body) for body in found)

    def delete_connection(self, name: str) -> None:
        """Delete a connection; one that is gone already counts as deleted."""
        self._http.delete(f"{self._base}/connections/{name}")

    def _end(self, cursor: Any) -> None:
        """Leave nothing of a foreground query behind."""
        try:
            name = cursor.statement.name
        except Error:  # it never came as far as the gateway
            return
        self.delete(name)


def _connect(settings: Settings, *, database: str | None) -> confluent_sql.Connection:
    return confluent_sql.connect(
        flink_api_key=settings.text("FLINK_API_KEY"),
        flink_api_secret=settings.text("FLINK_API_SECRET"),
        environment_id=settings.text("CONFLUENT_ENVIRONMENT_ID"),
        organization_id=settings.text("CONFLUENT_ORGANIZATION_ID"),
        compute_pool_id=settings.text("FLINK_COMPUTE_POOL_ID"),
        database=database,
        endpoint=settings.text("FLINK_REST_ENDPOINT"),
    )


def _with_op(row: Any) -> tuple[Any, ...]:
    """Return a fetched row with its kind in front; append-only results come without one."""
    if isinstance(row, tuple) and len(row) == 2 and hasattr(row[0], "treat_as_insert"):
        return (str(row[0]), *row[1])
    return ("+I", *row)


def _of_query(cursor: Any, error: Error) -> ServiceError:
    """Tell a query that FAILED from a service in trouble: the driver raises the same for both."""
    try:
        has_failed = bool(cursor.statement.is_failed)
    except Error:  # it never came as far as the gateway
        has_failed = False
    if has_failed:
        return FailedQueryError(f"Flink refused the query: {error}")
    return _translated("the query", error)


def _translated(what: str, error: Exception) -> ServiceError:
    status = getattr(error, "http_status_code", None)
    return ServiceError(f"Flink refused {what}: {error}", status=status)
