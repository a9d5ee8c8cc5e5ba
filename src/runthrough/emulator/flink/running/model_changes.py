"""ALTER MODEL: what becomes of a model's versions.

Source: facts/flink-sql-ai.md 1.7. Confluent's docs give no texts of refusals: the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.plan import SqlError

DEFAULT_VERSION = "default_version"


def changed_versions(
    versions: tuple[Model, ...],
    version: str | None,
    set_options: Mapping[str, str],
    reset_options: tuple[str, ...],
) -> tuple[Model, ...]:
    """Return a model's versions after SET or RESET.

    Args:
        versions: as they are.
        version: whose options change; None = the default version's.
        set_options: keys in lower case; `default_version` chooses the default instead.
        reset_options: keys in lower case, which go.

    Raises:
        SqlError: no such version, an option that is fixed, or one that is not there to reset.
    """
    options = dict(set_options)
    default = options.pop(DEFAULT_VERSION, None)
    if default is not None:
        if version is not None:
            raise SqlError("'default_version' is set on the model, not on one of its versions.")
        versions = _with_default(versions, default)
    if not options and not reset_options:
        return versions
    meant = _meant(versions, version)
    for fixed in ("task", DEFAULT_VERSION):
        if fixed in reset_options or options.get(fixed, meant.options.get(fixed)) != (
            meant.options.get(fixed)
        ):
            raise SqlError(f"Model option '{fixed}' cannot be changed.")
    for option in reset_options:
        if option not in meant.options:
            raise SqlError(f"Model '{meant.name}' has no option '{option}'.")
    kept = {k: v for k, v in meant.options.items() if k not in reset_options}
    changed = replace(meant, options={**kept, **options})
    return tuple(changed if m.version == meant.version else m for m in versions)


def _with_default(versions: tuple[Model, ...], number: str) -> tuple[Model, ...]:
    if not any(str(m.version) == number for m in versions):
        raise SqlError(f"Model '{versions[0].name}' has no version {number}.")
    return tuple(replace(m, is_default=str(m.version) == number) for m in versions)


def _meant(versions: tuple[Model, ...], version: str | None) -> Model:
    for model in versions:
        if model.is_default if version is None else str(model.version) == version:
            return model
    raise SqlError(f"Model '{versions[0].name}' has no version {version}.")
