"""The requests that the front answers itself: from the message to the coordinator and back."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from runthrough.emulator.broker.coordinator.coordinator import Coordinator
from runthrough.emulator.broker.coordinator.messages import (
    Answer,
    Code,
    GroupView,
    Join,
    Joined,
    Sync,
    Synced,
)
from runthrough.emulator.broker.coordinator.modern import INTERVAL_MS, Beat, Told
from runthrough.emulator.broker.coordinator.offsets import Committed, Place
from runthrough.emulator.broker.front import apis
from runthrough.emulator.broker.front.connections import Slot
from runthrough.emulator.broker.wire import Values

log = logging.getLogger(__name__)

NODE = 1
"""The id of the only broker, as the mock numbers it."""

_ALL_OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8
"""Read, delete and describe: what can be allowed on a group, as the bits of Kafka's ACL codes."""

_NOT_ASKED_FOR = -(1 << 31)
_REBALANCE_S = 300.0
"""Kafka's default of `max.poll.interval.ms`, where a member says nothing."""
_NONE_COMMITTED = Committed(-1)

Topic = tuple[bytes, int]
"""A topic's id and how many partitions it has."""


class Catalogue(Protocol):
    """Knows the topics there are; raises EmulatorError where it cannot tell."""

    async def names(self) -> Collection[str]:
        """Return the names of all topics."""

    async def topics(self, names: Iterable[str]) -> dict[str, Topic]:
        """Return those of some topics that there are."""


class Questions:
    """Answers what concerns groups; everything runs in the front's event loop."""

    def __init__(self, coordinator: Coordinator, catalogue: Catalogue) -> None:
        self._coordinator, self._catalogue = coordinator, catalogue
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: Mapping[int, Callable[[Slot, Values], None]] = {
            apis.JOIN_GROUP.key: self._join,
            apis.SYNC_GROUP.key: self._sync,
            apis.HEARTBEAT.key: self._heartbeat,
            apis.LEAVE_GROUP.key: self._leave,
            apis.LIST_GROUPS.key: self._list,
            apis.DESCRIBE_GROUPS.key: self._describe,
            apis.DELETE_GROUPS.key: self._delete,
            apis.OFFSET_COMMIT.key: partial(self.later, self._commit),
            apis.OFFSET_FETCH.key: self._fetch,
            apis.MODERN_HEARTBEAT.key: partial(self.later, self._beat),
            apis.OFFSET_DELETE.key: partial(self.later, self._delete_offsets),
        }

    def ask(self, slot: Slot, values: Values) -> None:
        """Answer a request now or later."""
        self._answering[slot.head.key](slot, values)

    def deliver(self, answers: Iterable[Answer]) -> None:
        """Send answers that have come due, and see to it that the next ones do in time."""
        for answer in answers:
            if isinstance(slot := answer.ticket, Slot):
                slot.answer(
                    _joined(answer.body)
                    if isinstance(answer.body, Joined)
                    else _synced(answer.body)
                )
        self._set_timer()

    def later(
        self, work: Callable[[Slot, Values], Awaitable[None]], slot: Slot, values: Values
    ) -> None:
        """Do what answers a request and may take a moment."""

        async def run() -> None:
            try:
                await work(slot, values)
            except Exception:  # a client that waits for an answer for ever is worse
                log.exception("a Kafka client's connection is closed")
                slot.client.close()

        task = self._loop.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Do nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _set_timer(self) -> None:
        deadline = self._coordinator.next_deadline()
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return  # too early does no harm: the timer is set anew then
            self._timer.cancel()
        self._timer = None
        if deadline < math.inf:
            self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        self.deliver(self._coordinator.expire(self._loop.time()))

    def _join(self, slot: Slot, asked: Values) -> None:
        session_s = asked["session_ms"] / 1000
        rebalance_ms = asked["rebalance_ms"]
        join = Join(
            member=asked["member"],
            instance=asked["instance"],
            session_s=session_s,
            rebalance_s=session_s if rebalance_ms is None else rebalance_ms / 1000,
            protocol_type=asked["protocol_type"],
            protocols={each["name"]: each["metadata"] for each in asked["protocols"]},
            id_required=slot.head.version >= 4,
            client_id=slot.head.client_id,
            client_host=slot.client.host,
        )
        self.deliver(self._coordinator.join(asked["group"], join, slot, self._loop.time()))

    def _sync(self, slot: Slot, asked: Values) -> None:
        given = {each["member"]: each["assignment"] for each in asked["assignments"]}
        sync = Sync(asked["member"], asked["instance"], asked["generation"], given)
        self.deliver(self._coordinator.sync(asked["group"], sync, slot, self._loop.time()))

    def _heartbeat(self, slot: Slot, asked: Values) -> None:
        member = asked["member"], asked["instance"], asked["generation"]
        code = self._coordinator.heartbeat(asked["group"], *member, self._loop.time())
        slot.answer({"error": code})

    def _leave(self, slot: Slot, asked: Values) -> None:
        now, told = self._loop.time(), []
        alone = slot.head.version < 3
        for each in [{"member": asked["member"], "instance": None}] if alone else asked["members"]:
            code, due = self._coordinator.leave(
                asked["group"], each["member"], each["instance"], now
            )
            told.append({**each, "error": code})
            self.deliver(due)
        slot.answer({"error": told[0]["error"] if alone else Code.NONE, "members": told})

    def _list(self, slot: Slot, asked: Values) -> None:
        states = {state.lower() for state in asked["states"]}
        types = {kind.lower() for kind in asked["types"]}
        groups = [
            {
                "group": group.id,
                "protocol_type": group.protocol_type,
                "state": group.state,
                "type": "consumer" if group.modern else "classic",
            }
            for group in self._coordinator.views()
            if not states or group.state.lower() in states
        ]
        groups = [group for group in groups if not types or group["type"] in types]
        slot.answer({"error": Code.NONE, "groups": groups})

    def _describe(self, slot: Slot, asked: Values) -> None:
        operations = _ALL_OPERATIONS if asked["with_operations"] else _NOT_ASKED_FOR
        groups = [
            {**_described(self._coordinator.view(group)), "operations": operations}
            for group in asked["groups"]
        ]
        slot.answer({"groups": groups})

    def _delete(self, slot: Slot, asked: Values) -> None:
        results = [
            {"group": group, "error": self._coordinator.delete(group)} for group in asked["groups"]
        ]
        slot.answer({"results": results})

    async def _beat(self, slot: Slot, asked: Values) -> None:
        """Answer a heartbeat of the newer consumer protocol, which names topics by their ids."""
        group = asked["group"]
        known = await self._topics_of(group, asked)
        names = {topic_id: name for name, (topic_id, _) in known.items()}
        beat = Beat(
            asked["member"],
            asked["epoch"],
            asked["instance"],
            None if asked["topics"] is None else frozenset(asked["topics"]),
            asked["pattern"],
            asked["assignor"] or None,
            None
            if asked["owned"] is None
            else frozenset(
                (names[t["topic_id"]], n)
                for t in asked["owned"]
                if t["topic_id"] in names
                for n in t["partitions"]
            ),
            asked["rebalance_ms"] / 1000 if asked["rebalance_ms"] > 0 else _REBALANCE_S,
            slot.head.client_id,
            slot.client.host,
        )
        sizes = {name: size for name, (_, size) in known.items()}
        told = self._coordinator.beat(group, beat, sizes, self._loop.time())
        self._set_timer()
        slot.answer(_told(told, known))

    async def _topics_of(self, group: str, asked: Values) -> Mapping[str, Topic]:
        """Return the topics that a group's members want, and the one who asks."""
        while True:
            wanted, by_pattern = self._coordinator.wanted(group)
            names = wanted.union(asked["topics"] or ())
            if by_pattern or asked["pattern"]:
                names.update(await self._catalogue.names())
            known = await self._catalogue.topics(names)
            if self._coordinator.wanted(group) == (wanted, by_pattern):
                return known  # and nobody has changed their mind meanwhile

    async def _commit(self, slot: Slot, asked: Values) -> None:
        group = asked["group"]
        offsets = {
            (topic["topic"], each["partition"]): Committed(
                each["offset"], each["leader_epoch"], each["metadata"] or ""
            )
            for topic in asked["topics"]
            for each in topic["partitions"]
        }
        codes = await self._existing(offsets)
        code = self._coordinator.check_commit(
            group, asked["member"], asked["instance"], asked["generation"], self._loop.time()
        )
        if not code:
            kept = {place: one for place, one in offsets.items() if not codes[place]}
            self._coordinator.commit(group, kept)
        topics = _by_topic({place: {"error": code or codes[place]} for place in offsets})
        slot.answer({"topics": topics})

    async def _existing(self, places: Iterable[Place]) -> dict[Place, Code]:
        """Return of each partition whether there is one."""
        places = list(places)
        known = await self._catalogue.topics(topic for topic, _ in places)
        return {
            (topic, number): Code.NONE
            if topic in known and 0 <= number < known[topic][1]
            else Code.UNKNOWN_TOPIC_OR_PARTITION
            for topic, number in places
        }

    def _fetch(self, slot: Slot, asked: Values) -> None:
        if slot.head.version < 8:
            slot.answer({"error": Code.NONE, "topics": self._offsets(asked)})
            return
        groups = [
            {"group": each["group"], "topics": self._offsets(each), "error": Code.NONE}
            for each in asked["groups"]
        ]
        slot.answer({"groups": groups})

    def _offsets(self, asked: Values) -> list[Values]:
        """Return what a group has committed where it is asked for, or everywhere."""
        found = self._coordinator.committed(asked["group"])
        if asked["topics"] is not None:
            places = [(each["topic"], n) for each in asked["topics"] for n in each["partitions"]]
            found = {place: found.get(place, _NONE_COMMITTED) for place in places}
        return _by_topic(
            {
                place: {
                    "offset": one.offset,
                    "leader_epoch": one.leader_epoch,
                    "metadata": one.metadata,
                    "error": Code.NONE,
                }
                for place, one in found.items()
            }
        )

    async def _delete_offsets(self, slot: Slot, asked: Values) -> None:
        places = [
            (topic["topic"], each["partition"])
            for topic in asked["topics"]
            for each in topic["partitions"]
        ]
        codes = await self._existing(places)
        there = [place for place, code in codes.items() if not code]
        error, done = self._coordinator.delete_offsets(asked["group"], there)
        told = {place: {"error": code} for place, code in (codes | done).items()}
        slot.answer({"error": error, "topics": [] if error else _by_topic(told)})


def _joined(body: Joined) -> Values:
    members = [
        {"member": member, "instance": instance, "metadata": metadata}
        for member, (instance, metadata) in body.members.items()
    ]
    return {
        "error": body.code,
        "generation": body.generation,
        "protocol": body.protocol,
        "leader": body.leader,
        "member": body.member,
        "members": members,
    }


def _told(told: Told, known: Mapping[str, Topic]) -> Values:
    assignment = None
    if told.assignment is not None:
        topics: dict[bytes, list[int]] = {}
        for topic, number in sorted(told.assignment):
            if topic in known:
                topics.setdefault(known[topic][0], []).append(number)
        given = [{"topic_id": each, "partitions": numbers} for each, numbers in topics.items()]
        assignment = {"topics": given}
    return {
        "error": told.code,
        "message": told.code.name if told.code else None,
        "member": told.member,
        "epoch": told.epoch,
        "interval_ms": INTERVAL_MS,
        "assignment": assignment,
    }


def _synced(body: Synced) -> Values:
    return {"error": body.code, "assignment": body.assignment}


def _described(group: GroupView) -> Values:
    members = [
        {
            "member": member.id,
            "instance": member.instance,
            "client_id": member.client_id,
            "client_host": member.client_host,
            "metadata": member.subscription,
            "assignment": member.assignment,
        }
        for member in group.members
    ]
    return {
        "error": Code.NONE,
        "group": group.id,
        "state": group.state,
        "protocol_type": group.protocol_type,
        "protocol": group.protocol,
        "members": members,
    }


def _by_topic(values: Mapping[Place, Mapping[str, Any]]) -> list[Values]:
    """Return values of partitions as messages hold them: topic by topic."""
    topics: dict[str, list[Values]] = {}
    for (topic, partition), value in values.items():
        topics.setdefault(topic, []).append({"partition": partition, **value})
    return [{"topic": topic, "partitions": parts} for topic, parts in topics.items()]
