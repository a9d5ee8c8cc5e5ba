"""The models of an environment, with their versions.

Source: facts/flink-sql-ai.md 1.7.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.plan import SqlError

MAX_VERSIONS = 10
LEFT_DEFAULT = min
"""Which version is the default when the default is dropped: the docs say the smallest (DROP MODEL)
and the largest (CREATE MODEL); `max` would be the latter (facts/flink-sql-ai.md 1.7)."""


class ModelStore:
    """Models by database and name; thread-safe."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, str], tuple[Model, ...]] = {}
        self._lock = threading.RLock()

    def names(self, database: str) -> tuple[str, ...]:
        """Return the names of a database's models."""
        with self._lock:
            return tuple(sorted(name for where, name in self._models if where == database))

    def versions(self, path: tuple[str, str, str]) -> tuple[Model, ...]:
        """Return every version of a model."""
        with self._lock:
            return self._models.get((path[1], path[2]), ())

    def add(self, model: Model) -> Model:
        """Add a model, or a version of one of the same signature; return it as it is now.

        Raises:
            SqlError: the signature, comment or task differs, or there are ten versions.
        """
        with self._lock:
            known = self._models.get((model.path[1], model.name), ())
            if known and (differing := _difference(known[0], model)):
                raise SqlError(
                    f"Model '{model.name}' already exists with a different {differing}. Versions "
                    "of a model differ in their options only."
                )
            if len(known) >= MAX_VERSIONS:
                raise SqlError(
                    f"Model '{model.name}' has {MAX_VERSIONS} versions already, which is the limit."
                )
            number = 1 + max((m.version for m in known), default=0)
            added = replace(model, version=number, is_default=not known)
            self._models[model.path[1], model.name] = (*known, added)
            return added

    def put(self, path: tuple[str, str, str], versions: tuple[Model, ...]) -> None:
        """Take these versions of a model for those there were."""
        with self._lock:
            self._models[path[1], path[2]] = versions

    def has(self, path: tuple[str, str, str]) -> bool:
        """Return whether there is `m` (its default version), `m$2` or any version (`m$all`)."""
        name, version = split_version(path[2])
        return any(_is_meant(model, version) for model in self.versions((*path[:2], name)))

    def rename(self, path: tuple[str, str, str], new: tuple[str, str, str]) -> None:
        """Rename a model. Raises SqlError if the name is taken, no name or elsewhere."""
        with self._lock:
            if (new[1], new[2]) in self._models:
                raise SqlError(f"Model '{new[2]}' already exists.")
            if new[:2] != path[:2] or split_version(new[2])[1] is not None:
                raise SqlError(f"Model '{path[2]}' cannot be renamed to '{'.'.join(new)}'.")
            versions = self._models.pop((path[1], path[2]), None)
            if versions is None:  # dropped by another statement since this one was planned
                raise SqlError(f"Model with identifier '{'.'.join(path)}' does not exist.")
            self._models[new[1], new[2]] = tuple(replace(m, path=new) for m in versions)

    def drop(self, path: tuple[str, str, str]) -> str:
        """Remove `m` (its default version), `m$2` or `m$all`; return what is left in words.

        The new default is the smallest version left (facts 1.7: the documents disagree).

        Raises:
            SqlError: there is no such model or version.
        """
        name, version = split_version(path[2])
        with self._lock:
            known = self._models.get((path[1], name), ())
            gone = [m for m in known if _is_meant(m, version)]
            if not gone:
                raise SqlError(f"Model '{path[2]}' does not exist.")
            left = [m for m in known if m not in gone]
            if not left:
                del self._models[path[1], name]
                return f"`{name}` dropped."
            if not any(m.is_default for m in left):
                heir = LEFT_DEFAULT(range(len(left)), key=lambda i: left[i].version)
                left[heir] = replace(left[heir], is_default=True)
            self._models[path[1], name] = tuple(left)
            default = next(m.version for m in left if m.is_default)
            return f"`{name}` version {gone[0].version} dropped. Default version: {default}"

    def forget_database(self, database: str) -> None:
        """Forget the models of a database."""
        with self._lock:
            for key in [key for key in self._models if key[0] == database]:
                del self._models[key]

    def rename_database(self, old: str, new: str) -> None:
        """Take the models of a database along to its new display name."""
        with self._lock:
            for key in [key for key in self._models if key[0] == old]:
                models = self._models.pop(key)
                self._models[new, key[1]] = tuple(
                    replace(m, path=(m.path[0], new, m.path[2])) for m in models
                )


def split_version(name: str) -> tuple[str, str | None]:
    """Return a model's name and what follows its `$`: a number, `all`, or None."""
    head, dollar, tail = name.rpartition("$")
    return (head, tail) if dollar and (tail.isdigit() or tail == "all") else (name, None)


def _is_meant(model: Model, version: str | None) -> bool:
    if version is None:
        return model.is_default
    return version == "all" or version == str(model.version)


def _difference(known: Model, given: Model) -> str | None:
    if known.inputs != given.inputs:
        return "INPUT"
    if known.outputs != given.outputs:
        return "OUTPUT"
    if known.comment != given.comment:
        return "COMMENT"
    return "task" if known.options.get("task") != given.options.get("task") else None
