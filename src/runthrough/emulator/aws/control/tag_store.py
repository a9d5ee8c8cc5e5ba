"""The tags of what an account has made (facts amazon-bedrock 3.1)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping


class Tags:
    """Tags by the ARN of a resource; thread-safe. Only what has begun has any."""

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def begin(self, arn: str, tags: Mapping[str, str] | None = None) -> None:
        """Keep tags for a new resource."""
        with self._lock:
            self._tags[arn] = dict(tags or {})

    def end(self, arn: str) -> None:
        """Forget a resource that is gone."""
        with self._lock:
            self._tags.pop(arn, None)

    def of(self, arn: str) -> dict[str, str] | None:
        """Return the tags of a resource, None where there is no such resource."""
        with self._lock:
            tags = self._tags.get(arn)
            return None if tags is None else dict(tags)

    def add(self, arn: str, tags: Mapping[str, str], *, most: int) -> bool:
        """Add tags; False, and nothing added, where there would be more than `most`."""
        with self._lock:
            merged = self._tags[arn] | dict(tags)
            if len(merged) > most:
                return False
            self._tags[arn] = merged
            return True

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Take tags away; a key that is not there is no mistake."""
        with self._lock:
            for key in keys:
                self._tags[arn].pop(key, None)
