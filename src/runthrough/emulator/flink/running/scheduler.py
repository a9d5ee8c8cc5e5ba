"""When running statements are evaluated, and by whom.

A few threads serve all statements; one statement is never on two of them. A statement is due when
a topic it reads has new records.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Iterable

from runthrough.emulator.flink.running.jobs import Job

WORKERS = 8
GATHER_SECONDS = 0.015
"""How long new records may gather before a statement is evaluated: Flink's mini-batch."""
CLOSE_SECONDS = 5.0
"""How long the end waits for evaluations; a model call may take longer, its thread is a daemon."""


class _Seat:
    """Where a job is: waiting, on a worker, or gone."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.running = self.again = self.gone = self.kept = False
        self.due: float | None = None


class Scheduler:
    """The threads, and the order in which jobs get them."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._seats: dict[int, _Seat] = {}
        self._paused: dict[int, _Seat] = {}
        self._queue: list[tuple[float, int, _Seat]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, name=f"runthrough-worker-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let running evaluations end, for some seconds, and the threads with them."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        limit = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout=max(0.0, limit - time.monotonic()))

    def add(self, job: Job) -> None:
        """Take a job and have it evaluated at once."""
        seat = _Seat(job)
        with self._changed:
            self._seats[id(job)] = seat
            self._enqueue(seat, 0.0)

    def remove(self, job: Job) -> None:
        """Give up a job; it is freed once no worker has it."""
        with self._changed:
            seat = self._seats.pop(id(job), None) or self._paused.pop(id(job), None)
            if seat is None:
                return
            seat.gone, seat.kept = True, False
            free = not seat.running
        if free:
            job.close()

    def pause(self, job: Job) -> bool:
        """Give a job no more turns and keep what it holds; return whether it had any to come."""
        with self._changed:
            seat = self._seats.pop(id(job), None)
            if seat is None:
                return False
            seat.gone, seat.kept, seat.due = True, True, None
            self._paused[id(job)] = seat
        return True

    def resume(self, job: Job) -> None:
        """Give a paused job its turns again, the first at once; one that is removed has none."""
        with self._changed:
            seat = self._paused.pop(id(job), None)
            if seat is not None:
                seat.gone = seat.kept = False
                self._seats[id(job)] = seat
                self._enqueue(seat, 0.0)

    def notify(self, topics: Iterable[str]) -> None:
        """Tell that topics have new records."""
        fresh = set(topics)
        with self._changed:
            for seat in self._seats.values():
                if not fresh.isdisjoint(seat.job.topics):
                    self._enqueue(seat, GATHER_SECONDS)

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs that have not ended."""
        with self._changed:
            return tuple(seat.job for seat in self._seats.values())

    def _enqueue(self, seat: _Seat, delay: float) -> None:
        if seat.running:
            seat.again = True
            return
        due = time.monotonic() + delay
        if not seat.gone and (seat.due is None or due < seat.due):
            seat.due = due  # an entry of the queue with a later time is void
            heapq.heappush(self._queue, (due, next(self._order), seat))
            self._changed.notify()

    def _work(self) -> None:
        while (seat := self._next()) is not None:
            seat.job.run()
            wake = seat.job.wake_after
            with self._changed:
                seat.running = False
                if seat.again and not seat.gone:
                    seat.again = False
                    self._enqueue(seat, GATHER_SECONDS)
                elif wake is not None and not seat.gone:
                    self._enqueue(seat, wake)
                free = seat.gone and not seat.kept and not self._closing
            if free:
                seat.job.close()

    def _next(self) -> _Seat | None:
        with self._changed:
            while not self._closing:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    due, _, seat = heapq.heappop(self._queue)
                    if seat.due == due and not seat.gone:
                        seat.due, seat.running = None, True
                        return seat
                    continue
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
            return None
