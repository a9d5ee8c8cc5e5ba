"""What changing `changelog.mode` does to what is in the topic (facts/flink-sql-ai.md 5.5)."""

from __future__ import annotations

from runthrough.emulator.broker import Outgoing
from tests.emulator.flink.results import changes
from tests.emulator.flink.sql_bench import Desk
from tests.waiting import becomes, eventually


def counted(desk: Desk, mode: str) -> None:
    """Make `counts` of a mode, fed by a running GROUP BY over `a`."""
    desk.run("CREATE TABLE a (k STRING NOT NULL) DISTRIBUTED INTO 1 BUCKETS")
    desk.run(
        "CREATE TABLE counts (k STRING NOT NULL, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) "
        f"DISTRIBUTED BY (k) INTO 1 BUCKETS WITH ('changelog.mode' = '{mode}')"
    )
    desk.submit("INSERT INTO counts SELECT k, COUNT(*) FROM a GROUP BY k")


def feed(desk: Desk, key: str, records: int) -> None:
    """Insert one row and wait until `counts` has so many records."""
    desk.run(f"INSERT INTO a VALUES ('{key}')")
    eventually(lambda: len(desk.records("counts")) >= records)


def ops(desk: Desk, topic: str) -> list[int]:
    return [
        next((value[0] for name, value in r.headers if name == "op" and value), 0)
        for r in desk.records(topic)
    ]


def test_append_to_retract_takes_updates_and_old_records_are_inserts(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT NOT NULL, v INT) DISTRIBUTED INTO 1 BUCKETS")
    desk.run("CREATE TABLE a (id INT NOT NULL, v INT) DISTRIBUTED INTO 1 BUCKETS")
    desk.run("INSERT INTO t VALUES (1, 10), (1, 10)")
    updates = "INSERT INTO t SELECT id, MAX(v) FROM a GROUP BY id"
    assert "doesn't support consuming update changes" in desk.refusal(updates)
    desk.run("ALTER TABLE t SET ('changelog.mode' = 'retract')")
    desk.submit(updates)
    desk.run("INSERT INTO a VALUES (2, 20)")
    becomes(lambda: len(desk.records("t")), 3)
    desk.run("INSERT INTO a VALUES (2, 30)")
    becomes(lambda: len(desk.records("t")), 5)
    assert ops(desk, "t") == [0, 0, 0, 1, 2]
    assert sorted(desk.now("SELECT * FROM t")) == [["1", "10"], ["1", "10"], ["2", "30"]]


def test_retract_to_append_shows_every_record_as_an_insert(desk: Desk) -> None:
    counted(desk, "retract")
    feed(desk, "x", 1)
    feed(desk, "x", 3)
    assert desk.now("SELECT * FROM counts") == [["x", "2"]]
    desk.run("ALTER TABLE counts SET ('changelog.mode' = 'append')")
    assert desk.now("SELECT * FROM counts") == [["x", "1"], ["x", "1"], ["x", "2"]]
    desk.run("ALTER TABLE counts ADD headers MAP<STRING, BYTES> METADATA VIRTUAL")
    assert desk.now("SELECT n, headers['op'] FROM counts") == [
        ["1", None],
        ["1", "x'01'"],
        ["2", "x'02'"],
    ]


def test_a_running_writer_keeps_its_mode_and_a_later_one_has_the_new(desk: Desk) -> None:
    counted(desk, "retract")
    feed(desk, "x", 1)
    desk.run("ALTER TABLE counts SET ('changelog.mode' = 'append')")
    feed(desk, "x", 3)
    assert ops(desk, "counts") == [0, 1, 2]
    assert "doesn't support consuming update changes" in desk.refusal(
        "INSERT INTO counts SELECT k, COUNT(*) FROM a GROUP BY k"
    )


def test_append_to_upsert_reads_the_last_record_of_each_key(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) DISTRIBUTED BY (id) INTO 1 "
        "BUCKETS WITH ('changelog.mode' = 'append')"
    )
    desk.run("INSERT INTO t VALUES (1, 10), (2, 20), (1, 11)")
    assert len(desk.now("SELECT * FROM t")) == 3
    desk.run("ALTER TABLE t SET ('changelog.mode' = 'upsert')")
    assert sorted(desk.now("SELECT * FROM t")) == [["1", "11"], ["2", "20"]]
    [first, *_] = desk.records("t")
    desk.produce("t", Outgoing(first.key, None))
    assert desk.now("SELECT * FROM t") == [["2", "20"]]


def test_without_a_key_there_is_no_upsert(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT)")
    text = "it has no PRIMARY KEY"
    assert text in desk.refusal("ALTER TABLE t SET ('changelog.mode' = 'upsert')")


def test_upsert_to_append_shows_deletions_as_rows_without_values(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, v INT NOT NULL, PRIMARY KEY (id) NOT ENFORCED) "
        "DISTRIBUTED INTO 1 BUCKETS"
    )
    desk.run("INSERT INTO t VALUES (1, 10)")
    [first] = desk.records("t")
    desk.produce("t", Outgoing(first.key, None))
    assert desk.now("SELECT * FROM t") == []
    desk.run("ALTER TABLE t SET ('changelog.mode' = 'append')")
    assert desk.now("SELECT * FROM t") == [["1", "10"], ["1", None]]


def test_reset_brings_the_mode_back_that_the_key_makes(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT, PRIMARY KEY (id) NOT ENFORCED) "
             "WITH ('changelog.mode' = 'retract')")  # fmt: skip
    desk.run("ALTER TABLE t RESET ('changelog.mode')")
    [[text]] = desk.run("SHOW CREATE TABLE t")
    assert "'changelog.mode' = 'upsert'" in text


def test_a_statement_that_reads_keeps_the_mode_it_began_with(desk: Desk) -> None:
    counted(desk, "retract")
    reading = desk.submit("SELECT * FROM counts")
    feed(desk, "x", 1)
    desk.run("ALTER TABLE counts SET ('changelog.mode' = 'append')")
    feed(desk, "x", 3)
    assert [op for op, _ in changes(reading, 3)] == [0, 1, 2]


def test_settings_of_the_topic_follow_the_options(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) WITH ('kafka.retention.time' = '1 h')")

    def configs() -> dict[str, str]:
        [topic] = desk.engine.topics()
        return dict(topic.configs)

    assert configs() == {"retention.ms": "3600000"}
    desk.run("ALTER TABLE t SET ('kafka.retention.time' = '0', 'kafka.cleanup-policy' = 'compact')")
    assert configs() == {"retention.ms": "-1", "cleanup.policy": "compact"}
    desk.run("ALTER TABLE t RESET ('kafka.retention.time', 'kafka.cleanup-policy')")
    assert configs() == {}
