"""What the emulator does and does not do, as one list: what the page "what is emulated" shows.

Nothing is listed by hand here that a table decides elsewhere: statements, functions, clauses,
formats and routes are read from the tables the emulator itself works with.
"""

from __future__ import annotations

from runthrough.emulator.listing.entries import Listed
from runthrough.emulator.listing.everything import everything

__all__ = ["Listed", "everything"]
