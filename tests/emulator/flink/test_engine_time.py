"""What a running statement knows of its sources' time, and where it begins and ends to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.plan import Insert, Query, Select, Source, SqlStage
from runthrough.emulator.flink.types import BIGINT, STRING, FlinkType, timestamp_ltz
from tests.emulator.flink.engine_bench import SESSION, Bench, path, scan, table
from tests.emulator.flink.results import changes
from tests.waiting import LIMIT_SECONDS, eventually

WM = Column("w", BIGINT)
ENDED = "9223372036854775807"


def fired(source: Table, watermark: str | None = '"n"') -> Query:
    """SELECT k, n, __wm of the rows the watermark has passed."""
    sql = (
        'SELECT "k", "n", "__wm" FROM "src" WHERE "n" <= coalesce(getvariable(\'wm_src\'), -1) '
        'ORDER BY "__seq"'
    )
    return Query(
        (SqlStage("out", sql),),
        (Source("src", source, watermark),),
        (Column("k", STRING), Column("n", BIGINT), WM),
        frozenset({"I"}),
        timed=True,
    )


def write(bench: Bench, t: Table, partition: int, *marks: int) -> None:
    writer = RowWriter(t, t.mode, bench.schemas)
    for n in marks:
        sent = writer.write({"k": f"p{partition}", "n": n}, 0)
        assert sent is not None
        bench.broker.produce(t.name, sent.key, sent.value, timestamp=n, partition=partition)


def test_rows_wait_for_the_watermark_of_every_partition(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    select = bench.submit(Select(fired(t)))
    write(bench, t, 0, 10)
    write(bench, t, 1, 30, 20)
    write(bench, t, 2, 15)
    assert changes(select, 1) == [(0, ["p0", "10", None])]
    write(bench, t, 0, 40)
    assert changes(select, 2)[1:] == [(0, ["p2", "15", None])]


def test_idle_partitions_let_rows_go_though_no_record_comes(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    select = bench.submit(Select(fired(t)))
    write(bench, t, 0, 10, 20)
    assert select.results(0, 10).rows == []
    bench.now += timedelta(seconds=20)
    assert [row[:2] for _, row in changes(select, 2)] == [["p0", "10"], ["p0", "20"]]
    write(bench, t, 0, 15, 30)
    assert changes(select, 4)[2:] == [(0, ["p0", "15", "20"]), (0, ["p0", "30", "20"])]


def test_the_default_strategy_goes_by_the_records_time(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    query = fired(t, None)
    select = bench.submit(Select(query))
    week = 7 * 86_400_000
    write(bench, t, 0, 10, week + 60)
    bench.now += timedelta(seconds=20)
    assert changes(select, 1) == [(0, ["p0", "10", None])]


def test_a_session_may_switch_idleness_off_or_be_wrong_about_it(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    timeout = "sql.tables.scan.idle-timeout"
    never = bench.submit(Select(fired(t)), session=replace(SESSION, properties={timeout: "0"}))
    soon = bench.submit(Select(fired(t)), session=replace(SESSION, properties={timeout: "1 s"}))
    write(bench, t, 0, 10)
    eventually(lambda: bench.engine.records("t"))
    bench.now += timedelta(seconds=2)
    assert changes(soon, 1) == [(0, ["p0", "10", None])]
    assert never.results(0, 10).rows == []
    odd = bench.submit(Select(fired(t)), session=replace(SESSION, properties={timeout: "soon"}))
    assert "Could not parse value 'soon'" in odd.detail


def test_a_snapshot_has_no_late_rows_and_its_input_has_ended(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    write(bench, t, 0, 30, 20)
    now = replace(fired(t), columns=(WM,), timed=False)
    sql = 'SELECT getvariable(\'wm_src\') AS "w" FROM "src"'
    now = replace(now, stages=(SqlStage("out", sql),))
    assert bench.snapshot(now) == [[ENDED], [ENDED]]
    assert bench.snapshot(fired(t)) == [["p0", "30", None], ["p0", "20", None]]


def test_a_bounded_scan_ends_with_what_is_there(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    write(bench, t, 0, 10, 5, 20)
    write(bench, t, 1, 30, 10)
    bounded = table("t", **{"scan.bounded.mode": "latest-offset"})
    select = bench.submit(Select(fired(bounded)))
    select.wait_for_end(LIMIT_SECONDS)
    assert select.phase == "COMPLETED"
    assert select.traits is not None
    assert select.traits.is_bounded
    assert sorted(row[:2] for _, row in select.results(0, 10).rows) == [
        *(["p0", "10"], ["p0", "20"], ["p0", "5"]),
        *(["p1", "10"], ["p1", "30"]),
    ]
    until = {"scan.bounded.mode": "timestamp", "scan.bounded.timestamp-millis": "20"}
    select = bench.submit(Select(scan(table("t", **until))))
    select.wait_for_end(LIMIT_SECONDS)
    assert sorted(row for _, row in select.results(0, 10).rows) == [["p0", "10"], ["p0", "5"]]


def test_a_start_in_time_is_found_in_each_partition(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    write(bench, t, 0, 10, 20)
    write(bench, t, 1, 5, 30)
    since = {"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "20"}
    select = bench.submit(Select(scan(table("t", **since))))
    assert sorted(row[1] for _, row in changes(select, 2)) == ["20", "30"]
    write(bench, t, 2, 1)
    assert [row[1] for _, row in changes(select, 3)[2:]] == ["1"]
    wrong = bench.submit(Select(scan(table("t", **{"scan.startup.mode": "timestamp"}))))
    assert "must be given in milliseconds" in wrong.detail


def test_a_session_says_where_tables_without_a_word_of_their_own_begin(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    write(bench, t, 0, 10)
    bench.engine.records("t")
    latest = replace(SESSION, properties={"sql.tables.scan.startup.mode": "latest-offset"})
    select = bench.submit(Select(scan(t)), session=latest)
    since = table("t", **{"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "5"})
    other = bench.submit(Select(scan(since)), session=latest)
    write(bench, t, 0, 20)
    assert changes(select, 1) == [(0, ["p0", "20"])]
    assert changes(other, 2) == [(0, ["p0", "10"]), (0, ["p0", "20"])]
    bounded = replace(SESSION, properties={"sql.tables.scan.bounded.mode": "latest-offset"})
    select = bench.submit(Select(scan(t)), session=bounded)
    select.wait_for_end(LIMIT_SECONDS)
    assert len(select.results(0, 10).rows) == 2


def test_a_statement_goes_on_where_an_older_one_was(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    write(bench, t, 0, 10)
    write(bench, t, 1, 11)
    older = bench.submit(Select(scan(t)), name="older")
    changes(older, 2)
    older.stop()
    write(bench, t, 0, 20)
    write(bench, t, 2, 21)
    carried = replace(SESSION, properties={"sql.tables.initial-offset-from": "older"})
    select = bench.submit(Select(scan(t)), session=carried)
    assert sorted(row[1] for _, row in changes(select, 2)) == ["20", "21"]
    gone = replace(SESSION, properties={"sql.tables.initial-offset-from": "nobody"})
    assert "'nobody'" in bench.submit(Select(scan(t)), session=gone).detail


HEADERS = FlinkType("MAP", key=STRING.not_null(), value=STRING)
META = Table(
    path("m"),
    (
        Column("k", STRING),
        Column("n", BIGINT),
        Column("at", timestamp_ltz(3).not_null(), "metadata", "timestamp"),
        Column("headers", HEADERS, "metadata"),
        Column("p", BIGINT, "metadata", "partition", True),
        Column("offset", BIGINT, "metadata", virtual=True),
        Column("topic", STRING, "metadata", virtual=True),
        Column("kind", STRING, "metadata", "timestamp-type", True),
        Column("raw", STRING, "metadata", "raw-key", True),
    ),
    buckets=3,
)


def test_metadata_columns_are_read_and_written(bench: Bench) -> None:
    bench.create(META)
    made = (
        'SELECT \'a\' AS "k", 1 AS "n", to_timestamp(86400) AS "at", '
        "MAP {'x': 'y'} AS \"headers\""
    )
    query = Query((SqlStage("out", made),), (), META.columns[:4], frozenset({"I"}), bounded=True)
    bench.run(Insert(META, query))
    [record] = bench.engine.records("m")
    assert record.timestamp == 86_400_000
    assert record.headers == (("x", b"y"),)
    names = ", ".join(f'"{c.name}"' for c in META.columns)
    select = Query(
        (SqlStage("out", f'SELECT {names} FROM "src"'),),
        (Source("src", META),),
        META.columns,
        frozenset({"I"}),
        stateless=True,
    )
    [row] = bench.snapshot(select)
    assert row == [
        *("a", "1", "1970-01-02 00:00:00.000", [["x", "y"]]),
        *("0", "0", "m", "CreateTime", None),
    ]
