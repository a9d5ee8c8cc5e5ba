"""The requests that the front answers itself: from the message to the coordinator and back."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

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
from runthrough.emulator.broker.coordinator.modern import SESSION_S, ModernMember
from runthrough.emulator.broker.coordinator.offsets import Committed, Place
from runthrough.emulator.broker.front import apis
from runthrough.emulator.broker.front.connections import Slot
from runthrough.emulator.broker.front.frames import read_head
from runthrough.emulator.broker.wire import INT32, Reader, Values

log = logging.getLogger(__name__)

NODE = 1
"""The id of the only broker, as the mock numbers it."""

_ALL_OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8
"""Read, delete and describe: what can be allowed on a group, as the bits of Kafka's ACL codes."""

_NOT_ASKED_FOR = -(1 << 31)
_NONE_COMMITTED = Committed(-1)

Partitions = Callable[[str], Awaitable[int]]
"""Tells how many partitions a topic has, 0 where there is none."""


class Questions:
    """Answers what concerns groups; everything runs in the front's event loop."""

    def __init__(self, coordinator: Coordinator, partitions: Partitions) -> None:
        self._coordinator, self._partitions = coordinator, partitions
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

    def heard(self, slot: Slot, answer: bytes) -> None:
        """Take note of the mock's answer to a heartbeat of the newer consumer protocol.

        Raises:
            BadFrame: the request or the answer is something else.
        """
        api, version = apis.MODERN_HEARTBEAT, slot.head.version
        reader = Reader(slot.frame)
        read_head(reader)
        reader.skip_tags()
        asked = api.read_request(reader, version)
        reader = Reader(answer, INT32.form.size)
        reader.skip_tags()
        told = api.response.read(reader, version, flexible=True)
        group, member = asked["group"], told["member"] or asked["member"]
        if told["error"] or told["epoch"] < 0:
            self._coordinator.modern.gone(group, member)
            return
        given = told["assignment"]
        seen = ModernMember(
            member,
            told["epoch"],
            slot.head.client_id,
            slot.client.host,
            self._loop.time() + SESSION_S,
            asked["instance"],
            None
            if given is None
            else tuple((t["topic_id"], n) for t in given["topics"] or () for n in t["partitions"]),
        )
        self._coordinator.modern.heard(group, seen)

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
            for group in self._coordinator.views(self._loop.time())
            if not states or group.state.lower() in states
        ]
        groups = [group for group in groups if not types or group["type"] in types]
        slot.answer({"error": Code.NONE, "groups": groups})

    def _describe(self, slot: Slot, asked: Values) -> None:
        operations = _ALL_OPERATIONS if asked["with_operations"] else _NOT_ASKED_FOR
        now = self._loop.time()
        groups = [
            {**_described(self._coordinator.view(group, now)), "operations": operations}
            for group in asked["groups"]
        ]
        slot.answer({"groups": groups})

    def _delete(self, slot: Slot, asked: Values) -> None:
        now = self._loop.time()
        results = [
            {"group": group, "error": self._coordinator.delete(group, now)}
            for group in asked["groups"]
        ]
        slot.answer({"results": results})

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
        sizes = {topic: await self._partitions(topic) for topic in {topic for topic, _ in places}}
        return {
            (topic, number): Code.NONE
            if 0 <= number < sizes[topic]
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
        now = self._loop.time()
        error, done = self._coordinator.delete_offsets(asked["group"], there, now)
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
