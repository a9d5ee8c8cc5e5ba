"""Queries with hand-made plans: what goes into topics and result pages."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace

import fastavro
from confluent_kafka import Consumer, Producer

from runthrough.emulator.flink.catalog import Column, Session
from runthrough.emulator.flink.plan import (
    CreateTable,
    Insert,
    Query,
    Select,
    Source,
    SqlStage,
)
from runthrough.emulator.flink.types import BIGINT, BYTES, INT, STRING
from tests.emulator.flink.engine_bench import (
    ALL,
    SESSION,
    Bench,
    count_by_key,
    scan,
    table,
    values,
)
from tests.emulator.flink.results import changes
from tests.waiting import LIMIT_SECONDS, becomes, eventually


def test_what_is_inserted_is_in_the_topic_and_can_be_read(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, ("a", 1), ("b", None), (None, 3))
    assert bench.snapshot(scan(t)) == [["a", "1"], ["b", None], [None, "3"]]
    assert sum(bench.broker.end_offsets("t").values()) == 3


def test_rows_of_kafka_clients_are_read_and_results_are_written_for_them(bench: Bench) -> None:
    bench.create(table("source"), table("sink"))
    copy = bench.submit(Insert(table("sink"), scan(table("source"), '"n" > 1')))
    assert copy.phase == "RUNNING"
    latest = bench.schemas.latest("source-value")
    assert latest is not None
    schema = fastavro.parse_schema(json.loads(latest.schema.text))
    address = bench.broker.bootstrap.removeprefix("PLAINTEXT://")
    producer = Producer({"bootstrap.servers": address})
    for n in range(3):
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, schema, {"k": f"k{n}", "n": n})
        head = b"\x00" + latest.schema.id.to_bytes(4, "big")
        producer.produce("source", head + stream.getvalue())
    producer.flush(10)
    consumer = Consumer({"bootstrap.servers": address, "group.id": "g"} | EARLIEST)
    consumer.subscribe(["sink"])
    message = consumer.poll(20)
    consumer.close()
    assert message is not None
    body = message.value()
    assert isinstance(body, bytes)
    sink = bench.schemas.parsed_avro(int.from_bytes(body[1:5], "big"))
    read = fastavro.schemaless_reader(io.BytesIO(body[5:]), sink, None)
    assert read == {"k": "k2", "n": 2}
    assert eventually(lambda: copy.latest_offsets.get("source"))


EARLIEST = {"auto.offset.reset": "earliest"}


def test_a_streaming_select_sees_new_rows_and_runs_until_it_is_stopped(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, ("a", 1))
    select = bench.submit(Select(scan(t)))
    assert select.phase == "RUNNING"
    assert select.traits is not None
    assert (select.traits.is_bounded, select.traits.is_append_only) == (False, True)
    assert changes(select, 1) == [(0, ["a", "1"])]
    bench.insert(t, ("b", 2))
    assert changes(select, 2)[1:] == [(0, ["b", "2"])]
    assert not select.results(2, 10).done
    select.stop()
    assert (select.phase, select.detail) == ("STOPPED", "This statement was stopped manually.")
    assert select.results(2, 10).done
    bench.insert(t, ("c", 3))
    assert len(select.results(0, 10).rows) == 2


def test_an_aggregate_streams_updates_in_pairs(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, ("a", 1), ("b", 1))
    select = bench.submit(Select(count_by_key(t)))
    assert changes(select, 2) == [(0, ["a", "1"]), (0, ["b", "1"])]
    assert select.traits is not None
    assert select.traits.upsert_columns == (0,)
    assert not select.traits.is_append_only
    bench.insert(t, ("a", 5))
    assert changes(select, 4)[2:] == [(1, ["a", "1"]), (2, ["a", "2"])]


def test_deletions_come_before_insertions_where_there_is_no_key(bench: Bench) -> None:
    t = table("t", "retract")
    bench.create(t)
    bench.run(Insert(t, values(("a", 1), ("b", 2))))
    select = bench.submit(Select(replace(scan(t), changelog=ALL)))
    assert changes(select, 2) == [(0, ["a", "1"]), (0, ["b", "2"])]
    assert select.traits is not None
    assert select.traits.upsert_columns is None
    source = table("s")
    bench.create(source)
    bench.insert(source, ("x", 1))
    bench.submit(Insert(t, count_by_key(source)))
    changes(select, 3)
    bench.insert(source, ("x", 1))
    assert changes(select, 5)[3:] == [(3, ["x", "1"]), (0, ["x", "2"])]


def test_nothing_is_emitted_where_nothing_changes(bench: Bench) -> None:
    source, sink = table("s"), table("t", "retract")
    bench.create(source, sink)
    bench.insert(source, ("a", 1))
    sql = 'SELECT "k", min("n") AS "n" FROM "src" GROUP BY "k"'
    query = replace(count_by_key(source), stages=(SqlStage("out", sql),), identity=())
    bench.submit(Insert(sink, query))
    bench.insert(source, ("a", 2))
    bench.insert(source, ("b", 3))
    eventually(lambda: len(bench.engine.records("t")) >= 2)
    assert sorted(map(tuple, bench.snapshot(scan(sink)))) == [("a", "1"), ("b", "3")]
    assert len(bench.engine.records("t")) == 2


def test_a_retract_table_carries_retractions_and_folds_to_what_is_left(bench: Bench) -> None:
    source, sink = table("s"), table("t", "retract")
    bench.create(source, sink)
    bench.insert(source, ("a", 1), ("b", 1))
    running = bench.submit(CreateTable(table("u", "retract"), count_by_key(source)))
    assert running.phase == "RUNNING"
    bench.insert(source, ("a", 1))
    becomes(lambda: len(bench.engine.records("u")), 4)
    headers = Counter(r.headers for r in bench.engine.records("u"))
    assert headers == {(): 2, (("op", b"\x01"),): 1, (("op", b"\x02"),): 1}
    assert sorted(bench.snapshot(scan(table("u", "retract")))) == [["a", "2"], ["b", "1"]]
    assert len(bench.snapshot(scan(table("u")))) == 4, "as append every record is a row"


def test_an_upsert_table_keeps_the_last_row_of_each_key(bench: Bench) -> None:
    source, sink = table("s", "retract"), table("t", "upsert")
    bench.create(source, sink)
    bench.insert(source, ("a", 1), ("b", 1))
    bench.submit(Insert(sink, count_by_key(source)))
    bench.insert(source, ("a", 2))
    becomes(lambda: len(bench.engine.records("t")), 3)
    assert sorted(bench.snapshot(scan(sink))) == [["a", "2"], ["b", "1"]]
    only_b = next(r for r in bench.engine.records("s") if r.value and b"b" in r.value)
    bench.broker.produce("s", None, only_b.value, [("op", b"\x03")], None, only_b.partition)
    becomes(lambda: len(bench.engine.records("t")), 4)
    assert bench.engine.records("t")[-1].value is None
    assert bench.snapshot(scan(sink)) == [["a", "2"]]


def test_a_deleted_key_leaves_a_tombstone(bench: Bench) -> None:
    source, sink = table("s", "upsert"), table("t", "upsert")
    bench.create(source, sink)
    bench.insert(source, ("a", 1), ("b", 2))
    bench.submit(Insert(sink, replace(scan(source), upsert_key=(0,))))
    becomes(lambda: len(bench.engine.records("t")), 2)
    gone = next(r for r in bench.engine.records("s"))
    bench.broker.produce("s", gone.key, None, (), None, gone.partition)
    becomes(lambda: len(bench.engine.records("t")), 3)
    assert bench.engine.records("t")[-1].value is None
    assert len(bench.snapshot(scan(sink))) == 1


def test_a_limit_ends_a_stream_after_so_many_rows(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, ("a", 1))
    select = bench.submit(Select(scan(t, bounded=True, limit=2)))
    assert select.phase == "RUNNING"
    bench.insert(t, ("b", 2), ("c", 3))
    select.wait_for_end(LIMIT_SECONDS)
    assert select.phase == "COMPLETED"
    assert select.results(0, 10).rows == [(0, ["a", "1"]), (0, ["b", "2"])]
    assert select.results(0, 10).done


def test_results_are_paged(bench: Bench) -> None:
    select = bench.run(Select(values(*((f"k{n}", n) for n in range(7)))))
    first, second = select.results(0, 5), select.results(5, 5)
    assert [len(first.rows), len(second.rows)] == [5, 2]
    assert (first.done, second.done) == (False, True)


def test_a_snapshot_write_is_complete_and_readable_when_it_ends(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, *((f"k{n}", n) for n in range(500)))
    session = replace(SESSION, snapshot=True)
    copy = bench.submit(CreateTable(table("copy"), scan(t)), session=session)
    copy.wait_for_end(LIMIT_SECONDS)
    assert copy.phase == "COMPLETED"
    assert len(bench.snapshot(scan(table("copy")))) == 500


def test_a_stream_without_records_counts_nothing_and_a_snapshot_counts_zero(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    query = Query(
        (SqlStage("out", 'SELECT count(*) AS "c" FROM "src"'),),
        (Source("src", t),),
        (Column("c", BIGINT.not_null()),),
        frozenset({"I", "UB", "UA"}),
        upsert_key=(),
    )
    stream = bench.submit(Select(query))
    assert stream.results(0, 10).rows == []
    assert stream.traits is not None
    assert stream.traits.upsert_columns is None
    assert bench.snapshot(query) == [["0"]]
    bench.insert(t, ("a", 1))
    assert changes(stream, 1) == [(0, ["1"])]
    bench.insert(t, ("a", 1))
    assert changes(stream, 3)[1:] == [(1, ["1"]), (2, ["2"])]


def test_reading_from_the_latest_offset_skips_what_is_there(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.insert(t, ("old", 1))
    late = table("t", **{"scan.startup.mode": "latest-offset"})
    select = bench.submit(Select(scan(late)))
    bench.insert(t, ("new", 2))
    assert changes(select, 1) == [(0, ["new", "2"])]
    odd = table("t", **{"scan.startup.mode": "specific-offsets"})
    assert "not emulated: " in bench.submit(Select(scan(odd))).detail


def test_a_chain_of_statements_carries_changes_through(bench: Bench) -> None:
    bench.create(table("a"), table("b"))
    bench.submit(Insert(table("b"), scan(table("a"))))
    bench.submit(CreateTable(table("c", "retract"), count_by_key(table("b"))))
    for n in range(20):
        bench.insert(table("a"), (f"k{n % 3}", n))
    wanted = [["k0", "7"], ["k1", "7"], ["k2", "6"]]
    becomes(lambda: sorted(bench.snapshot(scan(table("c", "retract")))), wanted)


def test_inferred_tables_are_read_as_flink_would(bench: Bench) -> None:
    bench.engine.create_topic("raw", partitions=2, configs={"cleanup.policy": "delete"})
    bench.broker.flush("raw", bench.broker.produce_all("raw", []))
    catalog = bench.engine._objects
    found = catalog.table(("raw",), SESSION)
    assert found is not None
    assert found.columns == (Column("key", BYTES), Column("val", BYTES))
    assert (found.mode, found.buckets, found.distributed_by) == ("append", 2, ("key",))
    text = {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}]}
    bench.schemas.register("raw-value", json.dumps(text))
    found = catalog.table(("workshop", "lkc-1", "raw"), Session())
    assert found is not None
    assert found.columns == (Column("key", BYTES), Column("n", INT.not_null()))
    bench.schemas.register("raw-key", '"string"')
    found = catalog.table(("env-1", "river", "raw"), Session())
    assert found is not None
    assert found.columns == (Column("key", STRING.not_null()), Column("n", INT.not_null()))
    assert catalog.table(("raw",), Session()) is None
    assert catalog.table(("other", "raw"), SESSION) is None
    assert catalog.table(("nowhere", "river", "raw"), SESSION) is None
    assert catalog.context(Session("env-1", "lkc-1")) == ("workshop", "river")
    assert catalog.context(Session()) == ("", "")


def test_a_compacted_topic_is_an_upsert_table(bench: Bench) -> None:
    bench.engine.create_topic("t", partitions=1, configs={"cleanup.policy": "compact"})
    text = {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}]}
    bench.schemas.register("t-value", json.dumps(text))
    bench.schemas.register("t-key", '"string"')
    found = bench.engine._objects.table(("t",), SESSION)
    assert found is not None
    assert (found.mode, found.primary_key) == ("upsert", ("key",))
    [info] = bench.engine.topics()
    assert (info.name, info.partitions, info.configs) == ("t", 1, {"cleanup.policy": "compact"})


def test_a_key_that_is_part_of_the_value_is_one_column(bench: Bench) -> None:
    bench.engine.create_topic("t")
    field = {"name": "id", "type": "string"}
    key = {"type": "record", "name": "k", "fields": [field]}
    value = {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}, field]}
    bench.schemas.register("t-key", json.dumps(key))
    bench.schemas.register("t-value", json.dumps(value))
    found = bench.engine._objects.table(("t",), SESSION)
    assert found is not None
    assert [c.name for c in found.columns] == ["id", "n"]
    assert found.options["value.fields-include"] == "all"
