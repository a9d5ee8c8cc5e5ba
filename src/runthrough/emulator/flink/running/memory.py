"""Memory that is not used any more goes back to the system, where the system lets it."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return free pages of the C library's heap; nothing happens where it cannot."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    trim(0)
