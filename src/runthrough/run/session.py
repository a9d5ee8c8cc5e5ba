"""One run from its first scenario to the last deletion: what the plugin keeps while it lasts."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from runthrough.clients.aws import Identity
from runthrough.clients.bedrock import Bedrock
from runthrough.clients.confluent import ControlPlane
from runthrough.clients.emulator import EmulatorDoor
from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.clients.tableflow import Tableflow
from runthrough.errors import StepError
from runthrough.lab import Labs, Scenario, read_labs
from runthrough.run.announcer import Announcer, Secrets
from runthrough.run.cleanup import register_deleters
from runthrough.run.ledger import Ledger
from runthrough.run.lock import only_run_in
from runthrough.run.options import RESULTS, Options
from runthrough.run.runner import TAKES_DOWN, Runner
from runthrough.run.target import open_target
from runthrough.run.troubles import Troubles, troubles_beside
from runthrough.run.waiting import Clock
from runthrough.settings import Settings

C = TypeVar("C")


class Run:
    """The state of one run.

    Args:
        options: what the command line says.
        hook: pytest's hook relay.
        folder: where the run's files go.
        read_settings: opens the target; tests put their own in.

    Attributes:
        was_tried: whether any scenario was carried out or looked at, and not just left out.
    """

    def __init__(
        self,
        options: Options,
        *,
        hook: Any,
        folder: Path = RESULTS,
        read_settings: Callable[[Options, ExitStack], Settings] = open_target,
    ) -> None:
        self.options, self.folder = options, folder
        self.run_id = uuid.uuid4().hex[:8]
        self.secrets = Secrets()
        self.announcer = Announcer(hook, self.secrets)
        self.runner = Runner(
            announcer=self.announcer,
            clock=Clock(),
            limit=options.wait,
            prove=options.prove,
            advise=lambda scenario, reason: self.troubles_of(scenario.path.parent).advice(reason),
        )
        self.ledger = Ledger(
            folder / "ledger.ndjson",
            run_id=self.run_id,
            target=options.target,
            keep=options.keep,
            redact=self.secrets.redact,
        )
        self._stack = ExitStack()
        self._read_settings = read_settings
        self._is_open = False
        self.was_tried = False
        self._labs: dict[Path, Labs] = {}
        self._troubles: dict[Path, Troubles] = {}

    def labs_in(self, folder: Path) -> Labs:
        """Return the labs of a folder, read once a run. Raises LabError."""
        if folder not in self._labs:
            self._labs[folder] = read_labs(folder)
        return self._labs[folder]

    def troubles_of(self, folder: Path) -> Troubles:
        """Return what is known to go wrong in the labs of a folder. Raises LabError."""
        if folder not in self._troubles:
            self._troubles[folder] = troubles_beside(folder)
        return self._troubles[folder]

    @cached_property
    def settings(self) -> Settings:
        """The settings of the target; its secrets are hidden from now on."""
        settings = self._read_settings(self.options, self._stack)
        self.secrets.learn(settings)
        return settings

    @cached_property
    def files(self) -> Path | None:
        """Where programs of the labs leave what they write.

        None is their own folder, where a reader finds it and a second run goes on with it. What an
        emulator gave is worth nothing after it, and must not meet what another run's gave.
        """
        if self.options.target == "live":
            return None
        made = tempfile.TemporaryDirectory(prefix="runthrough-labs-")
        return Path(self._stack.enter_context(made))

    @cached_property
    def clients(self) -> Clients:
        """The clients of the target, each built when first asked for."""
        return Clients(self.settings, self._stack)

    def open(self, scenarios: Sequence[Scenario]) -> None:
        """Open the target and tell that the run begins.

        Raises:
            RunthroughError: the target cannot be opened, or is a live one and another run is
                going on in the same folder.
        """
        if self.options.target == "live":
            self._stack.enter_context(only_run_in(self.folder))
        settings = self.settings  # an emulator starts here, before the first scenario's clock
        assert settings is not None
        register_deleters(self.ledger, self.clients)
        self.ledger.deletes("lab", self._leave_lab)
        self._is_open = True
        self.tell_started(scenarios)

    def tell_started(self, scenarios: Sequence[Scenario]) -> None:
        """Tell that the run begins; where other processes carry it out, that is all there is."""
        self.announcer.started(
            run_id=self.run_id,
            target=self.options.target,
            mode=self.options.mode,
            scenarios=scenarios,
            folder=self.folder,
        )

    def _leave_lab(self, name: str) -> None:
        """Say how to take down what a lab's programs made; what an emulator gave goes with it.

        Raises:
            StepError: the target is live, and only the lab's own program knows what to delete.
        """
        if self.options.target != "live":
            return
        found = (lab for labs in self._labs.values() for lab in labs if lab.name == name)
        titles = [s.title for lab in found for s in lab.scenarios if TAKES_DOWN in s.tags]
        step = f"the step {titles[0]!r}" if titles else "its own program"
        raise StepError(f"{step} takes down what its programs made")

    def close(self) -> None:
        """Delete what the run created, tell what is left, and close the target."""
        try:
            if self._is_open:
                left = [str(leftover) for leftover in self.ledger.settle()]
                self.tell_finished(left)
        finally:
            self._stack.close()

    def tell_finished(self, leftovers: Sequence[str]) -> None:
        """Tell that all is done, and what could not be deleted."""
        self.announcer.finished(folder=self.folder, leftovers=leftovers)


class Clients:
    """The clients of one target, closed with it."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self._settings, self._stack = settings, stack
        self._built: dict[type, Any] = {}

    def flink(self) -> Flink:
        """Return the client of the Flink gateway."""
        return self._client(Flink)

    def confluent(self) -> ControlPlane:
        """Return the client of the control plane."""
        return self._client(ControlPlane)

    def kafka(self) -> Kafka:
        """Return the client of the Kafka cluster."""
        return self._client(Kafka)

    def registry(self) -> Registry:
        """Return the client of the Schema Registry."""
        return self._client(Registry)

    def tableflow(self) -> Tableflow:
        """Return the client of Tableflow."""
        return self._client(Tableflow)

    def bedrock(self) -> Bedrock:
        """Return the client of Amazon Bedrock."""
        return self._client(Bedrock)

    def identity(self) -> Identity:
        """Return the client that knows who the AWS credentials belong to."""
        return self._client(Identity)

    def emulator_door(self) -> EmulatorDoor:
        """Return the client of the emulator's own door."""
        return self._client(EmulatorDoor)

    def _client(self, kind: type[C]) -> C:
        if kind not in self._built:
            client: Any = kind
            self._built[kind] = client.from_settings(self._settings)
            close = getattr(self._built[kind], "close", None)
            if close is not None:
                self._stack.callback(close)
        built: C = self._built[kind]
        return built
