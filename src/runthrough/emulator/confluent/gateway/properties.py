"""Statement properties as the gateway takes and shows them: the engine knows which there are."""

from runthrough.emulator.flink.properties import (
    DRY_RUN,
    INLINE_RESULT,
    KNOWN,
    PropertyError,
    session,
    visible,
)

__all__ = ["DRY_RUN", "INLINE_RESULT", "KNOWN", "PropertyError", "session", "visible"]
