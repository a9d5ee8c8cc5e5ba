"""Which records of its sources a part of a query's result is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Restriction:
    """A way to compute a part of a result: the sources are read for some keys alone.

    Rows of the result that stem from records with these keys are the same as in the whole result,
    and the rest of the result is the same whatever the sources have at these keys. Sources that
    are not named are read whole.

    Attributes:
        keys: source's relation → its columns with the key, as DuckDB reads them.
    """

    keys: Mapping[str, tuple[str, ...]]

    def named(self, relation: str) -> str:
        """Return the list of a source's key columns, under names that all sources share."""
        return ", ".join(f'{name} AS "__k{n}"' for n, name in enumerate(self.keys[relation]))

    def condition(self, relation: str, keys: str) -> str:
        """Return DuckDB text that holds for a source's records whose key is in a table."""
        pairs = (
            f'"__k{n}" IS NOT DISTINCT FROM {name}' for n, name in enumerate(self.keys[relation])
        )
        return f"EXISTS (SELECT 1 FROM {keys} WHERE {' AND '.join(pairs)})"
