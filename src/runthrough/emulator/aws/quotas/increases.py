"""The increases of quotas that have been asked for (facts amazon-bedrock 5.2)."""

from __future__ import annotations

import threading


class Increases:
    """The increases that have been asked for; thread-safe."""

    def __init__(self) -> None:
        self._open: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def begin(self, region: str, code: str) -> bool:
        """Keep a request; False where there is one for this quota already."""
        with self._lock:
            if (region, code) in self._open:
                return False
            self._open.add((region, code))
            return True
