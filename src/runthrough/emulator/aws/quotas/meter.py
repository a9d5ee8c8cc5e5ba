"""What calls take from the quotas: reserved when they begin, settled when they end.

Source: facts amazon-bedrock 5.2 (accounting), 2.11 (texts). Chosen here, where the sheet leaves it
open:

- a minute is a minute of the world's clock, a day a day of it in UTC; each begins with nothing
  taken. The plainest window, and a reader can say when it ends;
- requests are judged first, then tokens a minute, then tokens a day; a refused call takes nothing;
- a call that fails later gives its tokens back and stays counted as a request;
- what is settled after its minute (or day) is over changes nothing any more;
- each region has its own pots; plain ids and geographic profiles share the pot of the day.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypeVar

from runthrough.emulator.aws.catalogue import Model, Route
from runthrough.emulator.aws.quotas.table import Limits, QuotaTable
from runthrough.emulator.aws.replies import Refused

_MINUTE = 60
_DAY = 86_400
_REQUESTS = "Too many requests, please wait before trying again."
_TOKENS = "Too many tokens, please wait before trying again."
_Key = TypeVar("_Key")
_TOKENS_A_DAY = "Too many tokens per day, please wait before trying again."


@dataclass
class _Pot:
    """What has been taken in one minute or one day; `window` counts them from the epoch."""

    window: int
    requests: int = 0
    tokens: int = 0


@dataclass
class Reservation:
    """What one call has taken: `tokens` of these pots, which may have been left behind since."""

    minute: _Pot
    day: _Pot
    tokens: int


class Meter:
    """The pots of one account; thread-safe.

    Args:
        table: the quotas.
    """

    def __init__(self, table: QuotaTable) -> None:
        self._table = table
        self._minutes: dict[tuple[str, str, str], _Pot] = {}
        self._days: dict[tuple[str, str, bool], _Pot] = {}
        self._lock = threading.Lock()

    def limits(self, model: Model, route: Route) -> Limits | None:
        """Return what calls to a model by a route may take together, None = all they want."""
        return self._table.limits(model, route)

    def burndown(self, model: Model) -> int:
        """Return how many tokens an output token of a model takes."""
        return self._table.burndown(model)

    def reserve(
        self, limits: Limits, model: Model, route: Route, *, region: str, tokens: int, at: float
    ) -> Reservation:
        """Take one request and so many tokens.

        Args:
            limits: those of this model and route.
            model: the model that is called.
            route: how.
            region: where the call is made.
            tokens: input, cached input and the most the answer may have.
            at: seconds since the epoch, by the world's clock.

        Raises:
            Refused: 429, there is not as much left.
        """
        minute, day = int(at // _MINUTE), int(at // _DAY)
        with self._lock:
            by_minute = _pot(self._minutes, (region, model.id, route), minute)
            by_day = _pot(self._days, (region, model.id, route == "global"), day)
            most = limits.requests_a_minute
            if most is not None and by_minute.requests + 1 > most:
                raise _throttle(_REQUESTS)
            if by_minute.tokens + tokens > limits.tokens_a_minute:
                raise _throttle(_TOKENS)
            if by_day.tokens + tokens > limits.tokens_a_day:
                raise _throttle(_TOKENS_A_DAY)
            by_minute.requests += 1
            by_minute.tokens += tokens
            by_day.tokens += tokens
            return Reservation(by_minute, by_day, tokens)

    def settle(self, reservation: Reservation, tokens: int) -> None:
        """Put what a call really took in the place of what it has reserved."""
        with self._lock:
            more = tokens - reservation.tokens
            reservation.tokens = tokens
            reservation.minute.tokens += more
            reservation.day.tokens += more


class Charge:
    """What one call takes from the quotas, from its reservation to its end."""

    def __init__(self) -> None:
        self._meter: Meter | None = None
        self._reservation: Reservation | None = None
        self._burndown = 1

    def reserve(
        self, meter: Meter, model: Model, route: Route, *, region: str, tokens: int, at: float
    ) -> None:
        """Reserve; see `Meter.reserve`. Nothing where no quota bounds this route."""
        limits = meter.limits(model, route)
        if limits is None:
            return
        self._reservation = meter.reserve(limits, model, route, region=region, tokens=tokens, at=at)
        self._meter, self._burndown = meter, meter.burndown(model)

    def settle(self, *, input_tokens: int, output_tokens: int, cache_write: int = 0) -> None:
        """Say what the call took; said twice, the last word counts.

        Args:
            input_tokens: without those read from the cache, which cost nothing here.
            output_tokens: those of the answer.
            cache_write: those written to the cache.
        """
        if self._meter is not None and self._reservation is not None:
            taken = input_tokens + cache_write + output_tokens * self._burndown
            self._meter.settle(self._reservation, taken)

    def give_back(self) -> None:
        """Say that the call came to nothing."""
        self.settle(input_tokens=0, output_tokens=0)


def _pot(pots: dict[_Key, _Pot], key: _Key, window: int) -> _Pot:
    """Return the pot of a key in a window; that of an earlier window is left behind."""
    pot = pots.get(key)
    if pot is None or pot.window != window:
        pot = pots[key] = _Pot(window)
    return pot


def _throttle(message: str) -> Refused:
    return Refused(429, "ThrottlingException", message)
