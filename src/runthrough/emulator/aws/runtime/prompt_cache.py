"""Prompt caching: which beginnings of prompts were seen lately, and what that makes of a count.

Source: facts amazon-bedrock 2.4 (cache points, ttl), 2.5 (counters), 4.1. That a beginning is also
found where it ends up to twenty blocks before a cache point, that a hit renews it and that a short
one is not kept is the vendor's documentation, from memory (unverified).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from runthrough.emulator.standins import Prefix

_LIFETIMES = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}
_LOOK_BACK = 20
_MOST_KEPT = 10_000


@dataclass(frozen=True)
class CacheUse:
    """What a call takes from the cache and puts into it.

    Attributes:
        read: tokens that were there.
        writes: (ttl, tokens) that were not; the longer ttl first.
    """

    read: int = 0
    writes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class _Kept:
    until: datetime
    ttl: str


class PromptCache:
    """The beginnings of prompts that one account has had kept, by region and model.

    At most 10,000 are held; beyond that the one that ends first goes.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._lock = Lock()

    def use(
        self, region: str, model_id: str, prefixes: Sequence[Prefix], *, least: int, at: datetime
    ) -> CacheUse:
        """Look up a prompt and keep what of it is to be kept.

        Args:
            region: where the call is made.
            model_id: the plain id of the model.
            prefixes: the beginnings of the prompt, shortest first.
            least: tokens a beginning needs to be kept.
            at: the world's time.
        """
        marks = [place for place, prefix in enumerate(prefixes) if prefix.ttl]
        with self._lock:
            self._forget(at)
            found = self._find(region, model_id, prefixes, marks, at)
            read = 0 if found is None else prefixes[found].tokens
            writes: dict[str, int] = {}
            before = read
            for place in marks:
                prefix = prefixes[place]
                if prefix.tokens < least or (found is not None and place <= found):
                    continue
                writes[prefix.ttl] = writes.get(prefix.ttl, 0) + prefix.tokens - before
                before = prefix.tokens
                self._keep((region, model_id, prefix.digest), prefix.ttl, at)
        kept = [(ttl, writes[ttl]) for ttl in ("1h", "5m") if writes.get(ttl)]
        return CacheUse(read, tuple(kept))

    def _find(
        self,
        region: str,
        model_id: str,
        prefixes: Sequence[Prefix],
        marks: Sequence[int],
        at: datetime,
    ) -> int | None:
        """Return the place of the longest beginning that is kept, and renew it."""
        for mark in reversed(marks):
            for place in range(mark, max(mark - _LOOK_BACK, 0) - 1, -1):
                key = (region, model_id, prefixes[place].digest)
                kept = self._kept.get(key)
                if kept is not None:
                    self._keep(key, kept.ttl, at)
                    return place
        return None

    def _keep(self, key: tuple[str, str, str], ttl: str, at: datetime) -> None:
        self._kept[key] = _Kept(at + _LIFETIMES[ttl], ttl)
        if len(self._kept) > _MOST_KEPT:
            del self._kept[min(self._kept, key=lambda one: self._kept[one].until)]

    def _forget(self, at: datetime) -> None:
        self._kept = {key: kept for key, kept in self._kept.items() if kept.until > at}
