"""Every kind of statement, and what becomes of it here: the one table of them.

The parser refuses by it, the published page shows it, a test runs every sample through the engine.
Sources: facts/flink-sql-ai.md 1.2-1.10. Whoever builds a kind turns its `state` to "emulated".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["emulated", "refused as on the cloud", "not emulated"]


@dataclass(frozen=True)
class StatementKind:
    """One kind of statement.

    Attributes:
        name: the words it begins with; `…` stands for what is between them.
        form: its grammar in short, `t` a table, `m` a model, `c` a connection.
        note: what there is to say of it on a page.
        sample: a statement of this kind that can be submitted after `SETUP` and `before`.
        before: what must be there besides `SETUP`; only for what is emulated.
    """

    name: str
    form: str
    state: State
    sample: str
    note: str = ""
    before: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name."""
        return tuple(self.name.split())


SETUP = (
    "CREATE TABLE t (id INT, name STRING)",
    "CREATE TABLE u (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)",
    "CREATE CONNECTION c WITH ('type' = 'openai', "
    "'endpoint' = 'https://api.openai.com/v1/chat/completions', 'api-key' = 'a-secret')",
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', "
    "'task' = 'text_generation', 'openai.connection' = 'c')",
)
"""What the samples find: tables `t` and `u`, the connection `c`, the model `m`."""

_CONNECTION = (
    "'type' = 'openai', 'endpoint' = 'https://api.openai.com/v1/chat/completions', "
    "'api-key' = 'another'"
)
_MODEL = "'provider' = 'openai', 'task' = 'text_generation', 'openai.connection' = 'c'"
_MATERIALIZED = "MATERIALIZED TABLE n AS SELECT * FROM t"
_VIEW = "VIEW v AS SELECT * FROM t"
_PROPERTY = (
    "a client keeps it and sends it as a property of the statement; a line before a statement, in "
    "the same text, holds for that statement"
)
_LISTED_NOWHERE = "in Apache Flink; no source has it for Confluent Cloud"


def _done(
    name: str, form: str, sample: str, note: str = "", before: tuple[str, ...] = ()
) -> StatementKind:
    return StatementKind(name, form, "emulated", sample, note, before)


def _refused(name: str, form: str, sample: str, note: str = "") -> StatementKind:
    return StatementKind(name, form, "refused as on the cloud", sample, note)


def _missing(name: str, form: str, sample: str, note: str = "") -> StatementKind:
    return StatementKind(name, form, "not emulated", sample, note)


_QUERIES = (
    _done("SELECT", "SELECT …", "SELECT id FROM t", "runs until stopped; bounded ones complete"),
    _done("WITH", "WITH q AS (…) SELECT …", "WITH q AS (SELECT id FROM t) SELECT * FROM q"),
    _done("VALUES", "VALUES (…), …", "VALUES (1, 'a')"),
    _done(
        "INSERT INTO … SELECT",
        "INSERT INTO t [(c, …)] query",
        "INSERT INTO u SELECT 1, name FROM t",
    ),
    _done("INSERT INTO … VALUES", "INSERT INTO t VALUES (…), …", "INSERT INTO t VALUES (1, 'a')"),
    _refused("INSERT OVERWRITE", "INSERT OVERWRITE t query", "INSERT OVERWRITE t SELECT * FROM u"),
    _refused("UPSERT INTO", "UPSERT INTO t query", "UPSERT INTO t SELECT * FROM u"),
    _done(
        "EXECUTE STATEMENT SET",
        "EXECUTE STATEMENT SET BEGIN insert; … END",
        "EXECUTE STATEMENT SET BEGIN INSERT INTO u SELECT 1, name FROM t; END",
    ),
    _done(
        "BEGIN STATEMENT SET",
        "BEGIN STATEMENT SET; insert; … END",
        "BEGIN STATEMENT SET; INSERT INTO u SELECT 1, name FROM t; END",
    ),
    _done("EXPLAIN", "EXPLAIN [PLAN FOR] query, INSERT or CTAS", "EXPLAIN SELECT id FROM t"),
    _done(
        "EXPLAIN STATEMENT SET",
        "EXPLAIN STATEMENT SET BEGIN insert; … END",
        "EXPLAIN STATEMENT SET BEGIN INSERT INTO u SELECT 1, name FROM t; END",
    ),
)

_TABLES = (
    _done(
        "CREATE TABLE", "CREATE TABLE [IF NOT EXISTS] t (…) [WITH (…)]", "CREATE TABLE n (a INT)"
    ),
    _done("CREATE TABLE … LIKE", "CREATE TABLE t (…) LIKE s", "CREATE TABLE n LIKE t"),
    _done(
        "CREATE TABLE … AS", "CREATE TABLE t [(…)] AS query", "CREATE TABLE n AS SELECT * FROM t"
    ),
    _refused(
        "CREATE OR REPLACE TABLE",
        "CREATE OR REPLACE TABLE t (…)",
        "CREATE OR REPLACE TABLE t (a INT)",
        _LISTED_NOWHERE,
    ),
    _done("ALTER TABLE … ADD", "ALTER TABLE t ADD (…)", "ALTER TABLE t ADD (x AS id + 1)"),
    _done(
        "ALTER TABLE … MODIFY",
        "ALTER TABLE t MODIFY WATERMARK FOR c AS …",
        "ALTER TABLE t MODIFY WATERMARK FOR `$rowtime` AS `$rowtime` - INTERVAL '5' SECOND",
    ),
    _done(
        "ALTER TABLE … DROP",
        "ALTER TABLE t DROP {c | WATERMARK}",
        "ALTER TABLE t DROP x",
        before=("ALTER TABLE t ADD (x AS id + 1)",),
    ),
    _done(
        "ALTER TABLE … SET",
        "ALTER TABLE t SET ('k' = 'v', …)",
        "ALTER TABLE t SET ('changelog.mode' = 'retract')",
    ),
    _done(
        "ALTER TABLE … RESET",
        "ALTER TABLE t RESET ('k', …)",
        "ALTER TABLE t RESET ('kafka.retention.time')",
    ),
    _refused("ALTER TABLE … RENAME", "ALTER TABLE t RENAME TO n", "ALTER TABLE t RENAME TO n"),
    _done("DROP TABLE", "DROP TABLE [IF EXISTS] t", "DROP TABLE t"),
    _done("DESCRIBE", "{DESCRIBE | DESC} [EXTENDED] t", "DESCRIBE EXTENDED t"),
    _done("SHOW CREATE TABLE", "SHOW CREATE TABLE t", "SHOW CREATE TABLE t"),
    _done("SHOW TABLES", "SHOW TABLES [{FROM | IN} db] [[NOT] LIKE '…']", "SHOW TABLES LIKE 't%'"),
    _done(
        "CREATE MATERIALIZED TABLE",
        "CREATE MATERIALIZED TABLE [IF NOT EXISTS] t … [START_MODE = …] AS query",
        f"CREATE {_MATERIALIZED}",
        "its query is no statement and runs on",
    ),
    _done(
        "CREATE OR ALTER MATERIALIZED TABLE",
        "CREATE OR ALTER MATERIALIZED TABLE t … AS query",
        f"CREATE OR ALTER {_MATERIALIZED}",
        "columns can be added",
    ),
    _done(
        "ALTER MATERIALIZED TABLE",
        "ALTER MATERIALIZED TABLE t {SUSPEND | RESUME | ADD | MODIFY | DROP | SET | RESET | "
        "… AS query}",
        "ALTER MATERIALIZED TABLE n SUSPEND",
        before=(f"CREATE {_MATERIALIZED}",),
    ),
    _done(
        "DROP MATERIALIZED TABLE",
        "DROP MATERIALIZED TABLE [IF EXISTS] t",
        "DROP MATERIALIZED TABLE n",
        before=(f"CREATE {_MATERIALIZED}",),
    ),
    _done(
        "SHOW CREATE MATERIALIZED TABLE",
        "SHOW CREATE MATERIALIZED TABLE t",
        "SHOW CREATE MATERIALIZED TABLE n",
        before=(f"CREATE {_MATERIALIZED}",),
    ),
    _done(
        "SHOW MATERIALIZED TABLES",
        "SHOW MATERIALIZED TABLES [{FROM | IN} db] [[NOT] LIKE '…']",
        "SHOW MATERIALIZED TABLES",
    ),
)

_VIEWS_AND_FUNCTIONS = (
    _done("CREATE VIEW", "CREATE VIEW v [(…)] AS query", f"CREATE {_VIEW}"),
    _done(
        "ALTER VIEW",
        "ALTER VIEW v {AS query | RENAME TO n}",
        "ALTER VIEW v RENAME TO w",
        before=(f"CREATE {_VIEW}",),
    ),
    _done("DROP VIEW", "DROP VIEW [IF EXISTS] v", "DROP VIEW v", before=(f"CREATE {_VIEW}",)),
    _done("SHOW VIEWS", "SHOW VIEWS", "SHOW VIEWS"),
    _done(
        "SHOW CREATE VIEW",
        "SHOW CREATE VIEW v",
        "SHOW CREATE VIEW v",
        "the query as written; the live target may qualify its names",
        before=(f"CREATE {_VIEW}",),
    ),
    _refused(
        "CREATE OR REPLACE VIEW",
        "CREATE OR REPLACE VIEW v AS query",
        f"CREATE OR REPLACE {_VIEW}",
        _LISTED_NOWHERE,
    ),
    _missing(
        "CREATE FUNCTION",
        "CREATE FUNCTION f AS 'class' USING JAR 'confluent-artifact://id'",
        "CREATE FUNCTION f AS 'a.B' USING JAR 'confluent-artifact://cfa-1'",
    ),
    _missing("ALTER FUNCTION", "ALTER FUNCTION f …", "ALTER FUNCTION f AS 'a.B'"),
    _missing("DROP FUNCTION", "DROP FUNCTION [IF EXISTS] f", "DROP FUNCTION f"),
    _missing("DESCRIBE FUNCTION", "DESCRIBE FUNCTION f", "DESCRIBE FUNCTION f"),
    _missing("SHOW CREATE FUNCTION", "SHOW CREATE FUNCTION f", "SHOW CREATE FUNCTION f"),
    _done("SHOW FUNCTIONS", "SHOW FUNCTIONS [[NOT] LIKE '…']", "SHOW FUNCTIONS LIKE 'AI%'"),
    _done("SHOW USER FUNCTIONS", "SHOW USER FUNCTIONS [[NOT] LIKE]", "SHOW USER FUNCTIONS"),
)

_MODELS = (
    _done(
        "CREATE MODEL",
        "CREATE MODEL [IF NOT EXISTS] m INPUT (…) OUTPUT (…) [COMMENT '…'] WITH (…)",
        f"CREATE MODEL n INPUT (a STRING) OUTPUT (b STRING) WITH ({_MODEL})",
        "a second one adds a version",
    ),
    _done("ALTER MODEL", "ALTER MODEL m[$v] SET, RESET, RENAME TO", "ALTER MODEL m RENAME TO n"),
    _done("DROP MODEL", "DROP MODEL [IF EXISTS] m, `m$v`, `m$all`", "DROP MODEL m"),
    _done("DESCRIBE MODEL", "DESCRIBE MODEL m, `m$v`, `m$all`", "DESCRIBE MODEL m"),
    _done("SHOW MODELS", "SHOW MODELS [{FROM | IN} db] [[NOT] LIKE '…']", "SHOW MODELS"),
    _done("SHOW CREATE MODEL", "SHOW CREATE MODEL m", "SHOW CREATE MODEL m"),
)

_CONNECTIONS = (
    _done(
        "CREATE CONNECTION",
        "CREATE CONNECTION [IF NOT EXISTS] c [COMMENT '…'] WITH (…)",
        f"CREATE CONNECTION d WITH ({_CONNECTION})",
    ),
    _done(
        "CREATE OR REPLACE CONNECTION",
        "CREATE OR REPLACE CONNECTION c WITH (…)",
        f"CREATE OR REPLACE CONNECTION c WITH ({_CONNECTION})",
    ),
    _done(
        "ALTER CONNECTION",
        "ALTER CONNECTION [IF EXISTS] c SET ('k' = 'v', …)",
        "ALTER CONNECTION c SET ('api-key' = 'another')",
    ),
    _done("DROP CONNECTION", "DROP CONNECTION [IF EXISTS] c", "DROP CONNECTION c"),
    _done("DESCRIBE CONNECTION", "DESCRIBE CONNECTION c", "DESCRIBE CONNECTION c"),
    _done("SHOW CONNECTIONS", "SHOW CONNECTIONS [[NOT] LIKE '…']", "SHOW CONNECTIONS"),
)

_AGENTS = (
    _missing("CREATE TOOL", "CREATE TOOL t USING {FUNCTION | CONNECTION} …", "CREATE TOOL x"),
    _missing("ALTER TOOL", "ALTER TOOL t SET (…)", "ALTER TOOL x SET ('type' = 'mcp')"),
    _missing("DROP TOOL", "DROP TOOL [IF EXISTS] t", "DROP TOOL x"),
    _missing("DESCRIBE TOOL", "DESCRIBE TOOL t", "DESCRIBE TOOL x"),
    _missing("SHOW TOOLS", "SHOW TOOLS", "SHOW TOOLS"),
    _missing("CREATE AGENT", "CREATE AGENT a USING MODEL m …", "CREATE AGENT x USING MODEL m"),
    _missing("ALTER AGENT", "ALTER AGENT a SET PROMPT '…'", "ALTER AGENT x SET PROMPT 'p'"),
    _missing("DROP AGENT", "DROP AGENT [IF EXISTS] a", "DROP AGENT x"),
    _missing("DESCRIBE AGENT", "DESCRIBE AGENT a", "DESCRIBE AGENT x"),
    _missing("SHOW AGENTS", "SHOW AGENTS", "SHOW AGENTS"),
)

_ENVIRONMENT = (
    _done("SHOW CATALOGS", "SHOW CATALOGS [[NOT] LIKE '…']", "SHOW CATALOGS"),
    _done("SHOW CURRENT CATALOG", "SHOW CURRENT CATALOG", "SHOW CURRENT CATALOG"),
    _done("SHOW DATABASES", "SHOW DATABASES [{FROM | IN} cat] [[NOT] LIKE '…']", "SHOW DATABASES"),
    _done("SHOW CURRENT DATABASE", "SHOW CURRENT DATABASE", "SHOW CURRENT DATABASE"),
    _done("SHOW JOBS", "SHOW JOBS", "SHOW JOBS"),
    _refused("SET", "SET ['k' = 'v']", "SET 'sql.state-ttl' = '1 h'", _PROPERTY),
    _refused("RESET", "RESET ['k']", "RESET 'sql.state-ttl'", _PROPERTY),
    _refused("USE", "USE [CATALOG] name", "USE CATALOG workshop", _PROPERTY),
    _refused("CREATE CATALOG", "CREATE CATALOG c", "CREATE CATALOG n", "it is an environment"),
    _refused("ALTER CATALOG", "ALTER CATALOG c …", "ALTER CATALOG n SET ('a' = 'b')"),
    _refused("DROP CATALOG", "DROP CATALOG c", "DROP CATALOG n"),
    _refused("CREATE DATABASE", "CREATE DATABASE d", "CREATE DATABASE n", "it is a cluster"),
    _refused("ALTER DATABASE", "ALTER DATABASE d …", "ALTER DATABASE n SET ('a' = 'b')"),
    _refused("DROP DATABASE", "DROP DATABASE d", "DROP DATABASE n"),
    _refused("CREATE TEMPORARY", "CREATE TEMPORARY …", "CREATE TEMPORARY TABLE n (a INT)"),
    _refused("DROP TEMPORARY", "DROP TEMPORARY …", "DROP TEMPORARY VIEW n"),
)

_ELSEWHERE = (
    _refused("ANALYZE", "ANALYZE TABLE t …", "ANALYZE TABLE t COMPUTE STATISTICS"),
    _refused("CALL", "CALL procedure(…)", "CALL p(1)"),
    _refused("DELETE", "DELETE FROM t …", "DELETE FROM t WHERE id = 1"),
    _refused("UPDATE", "UPDATE t SET …", "UPDATE t SET id = 1"),
    _refused("MERGE", "MERGE INTO t …", "MERGE INTO t USING u ON t.id = u.id"),
    _refused("TRUNCATE", "TRUNCATE TABLE t", "TRUNCATE TABLE t"),
    _refused("REPLACE", "REPLACE TABLE t …", "REPLACE TABLE t AS SELECT 1", _LISTED_NOWHERE),
    _refused("LOAD", "LOAD MODULE x", "LOAD MODULE hive"),
    _refused("UNLOAD", "UNLOAD MODULE x", "UNLOAD MODULE hive"),
    _refused("SHOW MODULES", "SHOW [FULL] MODULES", "SHOW MODULES", _LISTED_NOWHERE),
    _refused("SHOW FULL MODULES", "SHOW FULL MODULES", "SHOW FULL MODULES", _LISTED_NOWHERE),
    _refused("USE MODULES", "USE MODULES x, …", "USE MODULES core", _LISTED_NOWHERE),
    _refused("ADD JAR", "ADD JAR '…'", "ADD JAR '/a.jar'"),
    _refused("REMOVE JAR", "REMOVE JAR '…'", "REMOVE JAR '/a.jar'"),
    _refused("SHOW JARS", "SHOW JARS", "SHOW JARS"),
    _refused("STOP JOB", "STOP JOB 'id' [WITH SAVEPOINT]", "STOP JOB 'j' WITH SAVEPOINT"),
    _refused("GRANT", "GRANT …", "GRANT SELECT ON t TO x", _LISTED_NOWHERE),
    _refused("REVOKE", "REVOKE …", "REVOKE SELECT ON t FROM x", _LISTED_NOWHERE),
    _refused("SHOW COLUMNS", "SHOW COLUMNS FROM t", "SHOW COLUMNS FROM t", _LISTED_NOWHERE),
    _refused("SHOW PARTITIONS", "SHOW PARTITIONS t", "SHOW PARTITIONS t", _LISTED_NOWHERE),
    _refused("SHOW PROCEDURES", "SHOW PROCEDURES", "SHOW PROCEDURES", _LISTED_NOWHERE),
    _refused("SHOW CREATE CATALOG", "SHOW CREATE CATALOG c", "SHOW CREATE CATALOG n"),
)

KINDS: tuple[StatementKind, ...] = (
    *_QUERIES,
    *_TABLES,
    *_VIEWS_AND_FUNCTIONS,
    *_MODELS,
    *_CONNECTIONS,
    *_AGENTS,
    *_ENVIRONMENT,
    *_ELSEWHERE,
)
"""All kinds, grouped by what they are about."""

REFUSED: tuple[StatementKind, ...] = tuple(
    sorted(
        (kind for kind in KINDS if kind.state != "emulated" and "…" not in kind.words),
        key=lambda kind: -len(kind.words),
    )
)
"""The kinds that are refused by their first words alone; those of more words first."""
