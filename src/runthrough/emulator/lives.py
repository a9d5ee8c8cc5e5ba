"""The lives of a world: all state between two resets, and the change from one to the next.

Ports and the broker stay, so that clients need no new settings; everything else is built again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from runthrough.emulator.aws.app import AwsApp
from runthrough.emulator.broker import Broker
from runthrough.emulator.documents import replace_documents
from runthrough.emulator.flink.engine import Engine
from runthrough.emulator.flink.running.documents import Documents


@dataclass(frozen=True)
class Life:
    """All that a world holds until the next reset.

    Attributes:
        app: the routes over this state.
        engine: of the world's own environment.
        engines: tells those of all environments that run.
        aws: the AWS account.
        documents: what the external tables of all environments hold.
    """

    app: ASGIApp
    engine: Engine
    engines: Callable[[], tuple[Engine, ...]]
    aws: AwsApp
    documents: Documents


class Lives:
    """The life that goes on now; entering begins the first, leaving ends the last."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Life]], broker: Broker) -> None:
        """Prepare.

        Args:
            begin: builds a life; leaving its block ends it.
            broker: the world's own, which outlives them all.
        """
        self._begin, self._broker = begin, broker
        self._stack = ExitStack()

    def __enter__(self) -> Lives:
        """Begin the first life."""
        self.current = self._stack.enter_context(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        """End the last one."""
        self._stack.close()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request from the state of now."""
        await self.current.app(scope, receive, send)

    def change_account(self, more: Mapping[str, Any] | None) -> None:
        """Go on with another AWS account: the world's with these members; None = the world's own.

        Raises:
            EmulatorError: the members make no account.
        """
        if more is None:
            self.current.aws.restore()
        else:
            self.current.aws.change(more)

    def put_documents(self, data: object) -> int:
        """Fill a collection of an external table.

        Raises:
            ValueError: it is not told rightly, or not to be filled.
            EmulatorError: the database behind it did not take them.
        """
        return replace_documents(self.current.documents, data)

    def start_over(self) -> None:
        """End this life and begin the next; nobody may ask for anything meanwhile.

        Raises:
            EmulatorError: the broker cannot be emptied, and there is no state any more.
        """
        self.stop_statements()
        self._stack.close()
        self._broker.empty()
        self.current = self._stack.enter_context(self._begin())

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Stop all statements at the end, while the server still answers their model calls."""
        try:
            yield
        finally:
            self.stop_statements()

    def stop_statements(self) -> None:
        """Stop every statement."""
        for engine in self.current.engines():
            for execution in engine.executions():
                execution.stop()
