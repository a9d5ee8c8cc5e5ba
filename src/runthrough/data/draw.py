"""Random numbers that are the same on every machine and every Python version.

Python promises a stable sequence for `random.Random.random()` alone; the other methods may
change. So everything here is that method and plain arithmetic.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of random choices with a name of its own.

    Streams of other names do not disturb it: one more customer changes no booking's price.
    """

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        self._random = random.Random(int.from_bytes(digest, "big"))

    def fraction(self) -> float:
        """Return a number of [0, 1)."""
        return self._random.random()

    def between(self, low: int, high: int) -> int:
        """Return a whole number of [low, high], both included, each as likely."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items, each as likely."""
        return items[self.between(0, len(items) - 1)]

    def weighted(self, weights: Sequence[tuple[T, int]]) -> T:
        """Return one of the items, as likely as its weight."""
        ticket = self.between(1, sum(weight for _, weight in weights))
        for item, weight in weights:
            ticket -= weight
            if ticket <= 0:
                return item
        raise ValueError("no item has a weight")

    def normal(self, mean: int, deviation: int, *, low: int, high: int) -> int:
        """Return a rounded number around the mean, held within [low, high].

        Twelve uniform numbers make a normal one to within what a lab's data needs, without
        the logarithms that differ from one machine's library to the next.
        """
        total = 0.0
        for _ in range(12):  # not sum(): it adds floats differently since Python 3.12
            total += self._random.random()
        value = math.floor(mean + deviation * (total - 6.0) + 0.5)
        return min(max(value, low), high)

    def shuffled(self, items: Sequence[T]) -> tuple[T, ...]:
        """Return the items in another order, each order as likely."""
        rest = list(items)
        for end in range(len(rest) - 1, 0, -1):
            other = self.between(0, end)
            rest[end], rest[other] = rest[other], rest[end]
        return tuple(rest)
