"""What `${NAME}` stands for: a result of an earlier line, or else a setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping

from runthrough.errors import LabError, SettingsError
from runthrough.lab import VARIABLE, Line, Scenario
from runthrough.settings import Settings


class Values(MutableMapping[str, str]):
    """The results lines put under a name, for `${NAME}` in later lines.

    A scenario sees what its own lines put and what its prerequisites put, nothing else, so it
    means the same alone and in a full run.
    """

    def __init__(self, start: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = dict(start or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __setitem__(self, name: str, value: str) -> None:
        if not VARIABLE.fullmatch(f"${{{name}}}"):
            raise ValueError(f"{name!r} cannot be a name: letters, digits and _ only")
        self._values[name] = str(value)

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Values({', '.join(sorted(self._values))})"  # a value may be a secret


def fill(
    text: str, *, values: Mapping[str, str], settings: Settings, scenario: Scenario, line: Line
) -> str:
    """Return the text with every `${NAME}` filled in.

    Raises:
        LabError: nothing has that name, or the setting of that name is not set; with the place.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name in values:
            return values[name]
        if name not in Settings.model_fields:
            message = f"${{{name}}} is neither a setting nor the result of an earlier line"
            raise LabError(message, path=scenario.path, line=line.number)
        try:
            return settings.text(name)
        except SettingsError as e:
            raise LabError(str(e), path=scenario.path, line=line.number) from e

    return VARIABLE.sub(value, text)
