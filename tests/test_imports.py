"""Who may import whom (design §4), asserted by walking the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "runthrough"

ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "words": set(),
    "settings": {"errors"},
    "course": {"errors"},
    "lab": {"errors", "course"},
    "clients": {"errors", "settings"},
    "data": {"errors", "settings"},
    "race": {"errors", "settings", "clients", "data"},
    "run": {"errors", "lab", "settings", "clients"},
    "doctor": {"errors", "clients", "run", "settings"},
    "report": {"errors", "lab", "words"},
    "site": {"errors", "course", "lab", "settings", "words"},
    "emulator": {"errors"},
    "cli": {
        *("errors", "lab", "settings", "clients", "data", "race"),
        *("run", "doctor", "report", "emulator"),
    },
}
"""What each room may import of ours, besides itself."""

EMULATOR: dict[str, set[str]] = {
    "server": {
        *("app", "world", "confluent", "aws", "openai", "flink", "broker"),
        *("llm", "standins", "faults", "hints", "lives", "serving", "certificate"),
        "mongodb",
    },
    "certificate": {"serving"},
    "serving": {"faults"},
    "lives": {"aws", "flink", "broker", "documents"},
    "documents": {"flink", "mistakes"},
    "hints": {"world"},
    "faults": {"world", "confluent", "aws", "openai", "mistakes"},
    "app": {"world", "confluent", "aws", "flink", "broker"},
    "confluent": {"world", "flink", "broker", "mistakes"},
    "aws": {"world", "flink", "standins", "streaming"},
    "openai": {"world", "flink", "standins", "streaming"},
    "flink": {"broker", "standins"},
    "listing": {"confluent", "aws", "flink", "openai", "faults"},
    "llm": {"standins"},
    "mongodb": {"flink"},
    "world": {"mistakes"},
    "mistakes": set(),
    "broker": set(),
    "standins": set(),
    "streaming": set(),
}
"""The same inside the emulator: server → app → confluent, aws, openai → world, flink → broker."""

MAY_START_THE_EMULATOR = "run/target.py"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every `runthrough.…` module a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in names)


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


FILES = sorted(p for p in SOURCE.rglob("*.py") if p.parent != SOURCE or p.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_imports_only_what_stands_before_it(path: Path) -> None:
    place = path.relative_to(SOURCE)
    own = room(place.parts)
    for line, name in imports(path):
        assert not name.startswith(("steps", "features")), f"{place}:{line} imports {name}"
        if not name.startswith("runthrough."):
            continue
        target = name.split(".")[1]
        if place.as_posix() == MAY_START_THE_EMULATOR and target == "emulator":
            continue
        assert target in ROOMS[own] | {own}, f"{place}:{line}: {own} imports {name}"


@pytest.mark.parametrize(
    "path", [p for p in FILES if "emulator" in p.parts], ids=lambda p: str(p.relative_to(SOURCE))
)
def test_inside_the_emulator_the_arrows_point_one_way(path: Path) -> None:
    place = path.relative_to(SOURCE / "emulator")
    own = room(place.parts)
    if own == "__init__":
        return
    for line, name in imports(path):
        if name.startswith("runthrough.emulator."):
            target = name.split(".")[2]
            assert target in EMULATOR[own] | {own}, f"{place}:{line}: {own} imports {name}"
        if own == "flink":
            assert name.split(".")[0] not in {"starlette", "uvicorn", "httpx"}, f"{place}:{line}"


def test_every_room_is_in_the_table() -> None:
    there = {room(p.relative_to(SOURCE).parts) for p in FILES}
    assert there <= set(ROOMS), f"no row for {there - set(ROOMS)}"
