"""Clients of a consumer group without a network: they do what the protocol asks of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from runthrough.emulator.broker.coordinator.group import Group
from runthrough.emulator.broker.coordinator.messages import (
    Answer,
    Code,
    Join,
    Joined,
    Sync,
    Synced,
)

SESSION_S, REBALANCE_S = 10.0, 60.0


@dataclass
class Client:
    """One client; `place` is where it stands.

    Attributes:
        place: out, joining, joined (its sync is to be sent), syncing, in.
        fenced: somebody else has taken its instance; it stays out.
    """

    number: int
    instance: str | None = None
    protocols: tuple[str, ...] = ("range",)
    version: int = 0
    place: str = "out"
    fenced: bool = False
    member: str = ""
    generation: int = -1
    assignment: bytes = b""
    told: Joined | None = None


@dataclass
class Sitting:
    """A group, its clients and the time; checks what is promised of every answer.

    Attributes:
        given: what the leader of a generation assigned.
    """

    group: Group
    now: float = 0.0
    clients: list[Client] = field(default_factory=list)
    open: dict[int, Client] = field(default_factory=dict)
    given: dict[int, dict[str, bytes]] = field(default_factory=dict)
    generations: dict[int, tuple[str, str]] = field(default_factory=dict)
    tickets: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, instance: str | None = None, protocols: tuple[str, ...] = ("range",)) -> Client:
        client = Client(len(self.clients), instance, protocols)
        self.clients.append(client)
        self.join(client)
        return client

    def join(self, client: Client) -> None:
        client.place = "joining"
        metadata = f"{client.number}/{client.version}".encode()
        asked = Join(
            member=client.member,
            instance=client.instance,
            session_s=SESSION_S,
            rebalance_s=REBALANCE_S,
            protocol_type="consumer",
            protocols=dict.fromkeys(client.protocols, metadata),
            id_required=True,
            client_id="c",
        )
        self.take(self.group.join(asked, self.ticket(client), self.now))

    def sync(self, client: Client) -> None:
        assert client.told is not None
        client.place = "syncing"
        assignments: dict[str, bytes] = {}
        if client.told.leader == client.member:
            told = client.told.members
            assignments = {m: f"{client.generation}:{m}".encode() for m in told}
            self.given[client.generation] = assignments
        asked = Sync(client.member, client.instance, client.generation, assignments)
        self.take(self.group.sync(asked, self.ticket(client), self.now))

    def heartbeat(self, client: Client) -> Code:
        code = self.group.heartbeat(client.member, client.instance, client.generation, self.now)
        if code is Code.REBALANCE_IN_PROGRESS:
            self.join(client)
        elif code:
            self.lose(client, code)
        return code

    def leave(self, client: Client) -> None:
        member, instance = client.member, client.instance
        for ticket in [t for t, waiting in self.open.items() if waiting is client]:
            self.open[ticket] = Client(-1)  # nobody hears that answer
        client.place, client.member = "left", ""
        _, due = self.group.leave(member, instance, self.now)
        self.take(due)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while (deadline := self.group.next_deadline()) <= end:
            assert deadline >= self.now or self.group.next_deadline() <= self.now
            self.now = max(self.now, deadline)
            before = (deadline, self.group.generation, len(self.group.members))
            self.take(self.group.expire(self.now))
            after = (self.group.next_deadline(), self.group.generation, len(self.group.members))
            assert after != before, f"the group waits for {deadline} at {self.now} for ever"
        self.now = end

    def ticket(self, client: Client) -> int:
        number = next(self.tickets)
        self.open[number] = client
        return number

    def take(self, answers: list[Answer]) -> None:
        again = []
        for answer in answers:
            assert isinstance(answer.ticket, int)
            client = self.open.pop(answer.ticket)  # fails for a second answer
            if client.number < 0:
                continue
            if isinstance(answer.body, Joined):
                again.append(client) if self.joined(client, answer.body) else None
            else:
                self.synced(client, answer.body)
        for client in again:
            self.join(client)

    def joined(self, client: Client, body: Joined) -> bool:
        """Take the answer to a join; return whether the client joins again at once."""
        if body.code is Code.MEMBER_ID_REQUIRED:
            client.member = body.member
            return True
        if body.code:
            self.lose(client, body.code)
            return False
        client.member, client.generation, client.told = body.member, body.generation, body
        client.place = "joined"
        assert body.protocol in client.protocols
        known = self.generations.setdefault(body.generation, (body.protocol, body.leader))
        assert known[0] == body.protocol
        if body.leader == body.member:
            assert body.member in body.members
        return False

    def synced(self, client: Client, body: Synced) -> None:
        if body.code is Code.REBALANCE_IN_PROGRESS:
            self.join(client)
        elif body.code:
            self.lose(client, body.code)
        else:
            client.place, client.assignment = "in", body.assignment

    def lose(self, client: Client, code: Code) -> None:
        """The client is no member any more: it begins anew, unless it was replaced."""
        client.place, client.generation = "out", -1
        if code is Code.FENCED_INSTANCE_ID:
            client.fenced = True
        if code in (Code.UNKNOWN_MEMBER_ID, Code.FENCED_INSTANCE_ID):
            client.member = ""

    def do_what_is_due(self, client: Client) -> None:
        """Do what an honest client does next."""
        if client.place == "out" and not client.fenced:
            self.join(client)
        elif client.place == "joined":
            self.sync(client)
        elif client.place == "in":
            self.heartbeat(client)
