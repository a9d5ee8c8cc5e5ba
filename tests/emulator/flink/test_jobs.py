from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from runthrough.emulator.flink.running.gate import Gate
from runthrough.emulator.flink.running.jobs import Job
from runthrough.emulator.flink.running.scheduler import Scheduler
from tests.waiting import LIMIT_SECONDS


class FakeJob:
    """A job that tells when it runs."""

    def __init__(self, *topics: str, work: Callable[[], None] = lambda: None) -> None:
        self.topics, self._work = topics, work
        self.runs = self.together = self.most = 0
        self.wake_after: float | None = None
        self.closed = threading.Event()
        self._changed = threading.Condition()

    def run(self) -> None:
        with self._changed:
            self.together += 1
            self.most = max(self.most, self.together)
        self._work()
        with self._changed:
            self.together -= 1
            self.runs += 1
            self._changed.notify_all()

    def close(self) -> None:
        assert self.together == 0, "freed while a worker has it"
        self.closed.set()

    def wait_for(self, runs: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.runs >= runs, LIMIT_SECONDS)


def job(fake: FakeJob) -> Job:
    return cast(Job, fake)


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler(workers=4)
    scheduler.start()
    yield scheduler
    scheduler.close()


def test_a_job_runs_when_it_is_added_and_when_its_topics_change(scheduler: Scheduler) -> None:
    reader, other = FakeJob("a", "b"), FakeJob("c")
    scheduler.add(job(reader))
    scheduler.add(job(other))
    reader.wait_for(1)
    other.wait_for(1)
    scheduler.notify(["b", "x"])
    reader.wait_for(2)
    assert other.runs == 1


def test_a_job_is_never_on_two_workers_and_misses_nothing(scheduler: Scheduler) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        assert go_on.wait(LIMIT_SECONDS)

    slow = FakeJob("a", work=work)
    scheduler.add(job(slow))
    assert entered.wait(LIMIT_SECONDS)
    for _ in range(20):
        scheduler.notify(["a"])
    go_on.set()
    slow.wait_for(2)
    assert (slow.most, slow.runs) == (1, 2)


def test_jobs_run_side_by_side(scheduler: Scheduler) -> None:
    meeting = threading.Barrier(4)
    jobs = [
        FakeJob("a", work=lambda: Counter([meeting.wait(LIMIT_SECONDS)]) and None) for _ in range(4)
    ]
    for fake in jobs:
        scheduler.add(job(fake))
    for fake in jobs:
        fake.wait_for(1)


def test_a_removed_job_is_freed_after_its_run_and_runs_no_more(scheduler: Scheduler) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        assert go_on.wait(LIMIT_SECONDS)

    running = FakeJob("a", work=work)
    scheduler.add(job(running))
    assert entered.wait(LIMIT_SECONDS)
    scheduler.remove(job(running))
    assert not running.closed.is_set()
    scheduler.notify(["a"])
    go_on.set()
    assert running.closed.wait(LIMIT_SECONDS)
    assert running.runs == 1
    scheduler.remove(job(running))
    assert scheduler.jobs() == ()


def test_closing_waits_for_the_workers() -> None:
    scheduler = Scheduler(workers=2)
    scheduler.start()
    fake = FakeJob("a")
    scheduler.add(job(fake))
    fake.wait_for(1)
    scheduler.close()
    scheduler.notify(["a"])
    assert fake.runs == 1


def test_a_topic_is_not_looked_at_while_it_is_written_to() -> None:
    gate, seen = Gate(), list[str]()
    started = threading.Event()

    def read() -> None:
        started.set()
        gate.settled(["t"], lambda: seen.append("read"))

    with gate.writing("t"), gate.writing("t"):
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        assert started.wait(LIMIT_SECONDS)
        gate.settled(["other"], lambda: seen.append("other"))
        seen.append("written")
    reader.join(LIMIT_SECONDS)
    assert seen == ["other", "written", "read"]


def test_writing_to_no_topic_holds_nobody_up() -> None:
    gate = Gate()
    with gate.writing(None):
        assert gate.settled(["t"], lambda: 1) == 1


def test_a_paused_job_has_no_turns_and_keeps_what_it_holds(scheduler: Scheduler) -> None:
    reader = FakeJob("a")
    scheduler.add(job(reader))
    reader.wait_for(1)
    assert scheduler.pause(job(reader))
    scheduler.notify(["a"])
    assert scheduler.jobs() == ()
    threading.Event().wait(0.05)
    assert (reader.runs, reader.closed.is_set()) == (1, False)
    scheduler.resume(job(reader))
    reader.wait_for(2)
    assert scheduler.pause(job(reader))
    scheduler.remove(job(reader))
    assert reader.closed.wait(LIMIT_SECONDS)
    assert not scheduler.pause(job(reader))


def test_a_job_paused_and_resumed_while_it_runs_is_never_on_two_threads(
    scheduler: Scheduler,
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(LIMIT_SECONDS)

    reader = FakeJob("a", work=work)
    scheduler.add(job(reader))
    assert begun.wait(LIMIT_SECONDS)
    for _ in range(20):
        assert scheduler.pause(job(reader))
        scheduler.resume(job(reader))
        scheduler.notify(["a"])
    may_end.set()
    reader.wait_for(2)
    assert reader.most == 1
