"""Everything this project knows of the insides of pytest-bdd 9.0 and of pytest 9.2's fixtures.

Why insides: pytest-bdd turns a feature into test functions named in Python files, carries out
every line exactly once and finds an undefined line only when it gets there. A lab is collected
from its feature file alone, its Then lines wait, and a line nobody defined is a mistake of the
author's that collection must find. So step definitions stay pytest-bdd's (`given`, `when`,
`then`, parsers, `target_fixture`), and this module finds them and calls them itself:

- pytest-bdd keeps a definition as a fixture whose function is a key of
  `step_function_context_registry`; pytest's fixture manager knows which of them a node may see.
- `parse_step_arguments` and `get_required_args` are pytest-bdd's own, so arguments mean the same.
- Results go into the fixtures of one scenario only. pytest-bdd's `inject_fixture` would register
  them with the test item, where the scenarios completed on the way would see each other's.

pytest-bdd's own hooks (`pytest_bdd_before_step`, …) are not called; ours are in `hooks.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef, TopRequest, call_fixture_func
from pytest_bdd import parsers
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.scenario import parse_step_arguments
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry
from pytest_bdd.utils import get_required_args

from runthrough.errors import LabError
from runthrough.lab import Line, Scenario
from runthrough.run.failure import MissingResult

_ARGUMENTS = frozenset({"docstring", "datatable"})


@dataclass(frozen=True)
class Definition:
    """One step definition.

    Attributes:
        kind: `given`, `when`, `then`, or None where it serves all three.
        pattern: the sentence as its author wrote it.
        is_regex: whether the pattern is a regular expression.
        path: the file of the step's function.
        number: the line of the function.
        result: the fixture its return value becomes, if any.
    """

    kind: str | None
    pattern: str
    is_regex: bool
    path: Path
    number: int
    result: str | None
    context: StepFunctionContext = field(repr=False, compare=False)

    def matches(self, line: Line) -> bool:
        """Return whether this definition carries out that line."""
        right_kind = self.kind is None or self.kind == line.kind.lower()
        return right_kind and bool(self.context.parser.is_matching(line.sentence))

    def arguments(self, line: Line) -> dict[str, Any]:
        """Return what the sentence says for each parameter of the pattern, converted."""
        step: Any = SimpleNamespace(name=line.sentence)  # all that pytest-bdd reads of a step
        return dict(parse_step_arguments(step, self.context))

    def reads(self, line: Line) -> tuple[str, ...]:
        """Return the fixtures the function needs besides what the line itself gives."""
        given = self.arguments(line).keys() | _ARGUMENTS
        return tuple(n for n in get_required_args(self.context.step_func) if n not in given)


def definitions(node: pytest.Collector) -> tuple[Definition, ...]:
    """Return every step definition a node may see, each once."""
    manager = node.session._fixturemanager
    found: dict[int, Definition] = {}
    for name in get_fixture_names(fixturemanager=manager):
        for fixturedef in getfixturedefs(manager, name, node) or ():
            context = step_function_context_registry.get(fixturedef.func)
            if context is not None:
                found[id(context)] = _definition(context)
    return tuple(found.values())


def find_definition(candidates: Iterable[Definition], scenario: Scenario, line: Line) -> Definition:
    """Return the one definition of a line.

    Raises:
        LabError: there is none, or more than one, with the line's place.
    """
    found = [definition for definition in candidates if definition.matches(line)]
    if len(found) == 1:
        return found[0]
    if not found:
        message = f"no step definition matches: {line.kind} {line.sentence}"
    else:
        places = " and ".join(f"{_near(d.path)}:{d.number}" for d in found)
        message = f"more than one step definition matches: {line.kind} {line.sentence} ({places})"
    raise LabError(message, path=scenario.path, line=line.number)


class Results:
    """The fixtures as the lines of one scenario see them: the project's, and its own results."""

    def __init__(self, item: pytest.Function) -> None:
        self._item = item
        self._request = TopRequest(item, _ispytest=True)

    def give(self, name: str, value: object) -> None:
        """Make a value the fixture of that name, for this scenario alone."""
        fixture: FixtureDef[object] = FixtureDef(
            config=self._item.config,
            baseid=None,
            argname=name,
            func=lambda: value,
            scope="function",
            params=None,
            node=self._item,
            _ispytest=True,
        )
        fixture.cached_result = (value, None, None)
        self._request._fixture_defs[name] = fixture

    def get(self, name: str) -> Any:
        """Return a fixture. Raises MissingResult where there is none of that name."""
        try:
            return self._request.getfixturevalue(name)
        except pytest.FixtureLookupError as e:
            raise MissingResult(e.argname or name) from e

    def call(
        self,
        definition: Definition,
        line: Line,
        *,
        docstring: str | None,
        datatable: list[list[str]] | None,
    ) -> object:
        """Call a definition's function with what its line says and the fixtures it asks for.

        Raises:
            MissingResult: it asks for a fixture that is not there.
        """
        function = definition.context.step_func
        parameters = inspect.signature(function).parameters
        given = {
            **definition.arguments(line),
            **({} if docstring is None else {"docstring": docstring}),
            **({} if datatable is None else {"datatable": datatable}),
        }
        arguments = {name: value for name, value in given.items() if name in parameters}
        for name in get_required_args(function):
            if name not in arguments:
                arguments[name] = self.get(name)
        return call_fixture_func(function, self._request, arguments)


def _definition(context: StepFunctionContext) -> Definition:
    function = inspect.unwrap(context.step_func)
    return Definition(
        kind=context.type,
        pattern=context.parser.name,
        is_regex=isinstance(context.parser, parsers.re),
        path=Path(function.__code__.co_filename),
        number=function.__code__.co_firstlineno,
        result=context.target_fixture,
        context=context,
    )


def _near(path: Path) -> Path:
    """Return a path as seen from where pytest was started, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
