"""Finding the routes of a path: one walk down a tree of segments, however many routes there are.

A word of a template goes before a `{name}`, and that before a `{name*}`, so the order of the table
says nothing and nothing in it hides behind something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from runthrough.emulator.confluent.route import Route


@dataclass(frozen=True)
class Match:
    """The routes of one path, by method, with the values of its names."""

    methods: Mapping[str, Route]
    params: dict[str, str]


@dataclass
class _Node:
    """What may follow a part of a path.

    Attributes:
        words: the segments that are written in a template.
        name: what follows where the segment is a `{name}`.
        rest: what stands at a `{name*}`; it has routes only.
        names: of the values on the way here, where routes end here.
    """

    words: dict[str, _Node] = field(default_factory=dict)
    name: _Node | None = None
    rest: _Node | None = None
    methods: dict[str, Route] = field(default_factory=dict)
    names: tuple[str, ...] = ()


class RouteTree:
    """Routes, to be found by path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Build the tree.

        Raises:
            ValueError: two routes have one method and one form of path, or one form of path is
                written with other names.
        """
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for part in route.path.split("/")[1:]:
            if not part.startswith("{"):
                node = node.words.setdefault(part, _Node())
                continue
            names.append(part.strip("{*}"))
            if part.endswith("*}"):
                node.rest = node.rest or _Node()
                node = node.rest
            else:
                node.name = node.name or _Node()
                node = node.name
        if route.method in node.methods:
            raise ValueError(f"{route.method} {route.path} is there twice")
        if node.methods and node.names != tuple(names):
            raise ValueError(f"{route.path} is there with the names {', '.join(node.names)}")
        node.methods[route.method], node.names = route, tuple(names)

    def find(self, path: str) -> Match | None:
        """Find the routes of a path as it was sent.

        Segments are decoded one by one, so an encoded slash inside a name stays part of the name.
        """
        segments = path.split("/")[1:]
        if "%" in path:
            segments = [unquote(segment) for segment in segments]
        if "" in segments:
            return None
        values: list[str] = []
        node = _walk(self._root, segments, 0, values)
        if node is None:
            return None
        return Match(node.methods, dict(zip(node.names, values, strict=True)))


def _walk(node: _Node, segments: list[str], place: int, values: list[str]) -> _Node | None:
    """Return where the segments from `place` on lead; `values` are those of the names passed."""
    if place == len(segments):
        return node if node.methods else None
    word = node.words.get(segments[place])
    if word is not None:
        found = _walk(word, segments, place + 1, values)
        if found is not None:
            return found
    if node.name is not None:
        values.append(segments[place])
        found = _walk(node.name, segments, place + 1, values)
        if found is not None:
            return found
        values.pop()
    if node.rest is not None:
        values.append("/".join(segments[place:]))
        return node.rest
    return None
