"""How a scenario is carried out: prerequisites, Given and When lines once, Then lines waiting.

The runner knows scenarios, scopes and time; it knows no pytest and no service. A scenario is
complete when all its Then lines hold. Before anything is carried out the runner looks once
whether they hold already, so finished work is never repeated; a Then line that reads what its
own When line makes cannot hold before. A look that cannot see, because a service is in trouble,
stops the scenario: nothing is carried out on a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from runthrough.errors import RunthroughError
from runthrough.lab import Line, Scenario
from runthrough.run.announcer import Announcer
from runthrough.run.failure import (
    LineFailure,
    NotTried,
    failure_of,
    indent,
    last_seen,
    says_not_done,
)
from runthrough.run.waiting import Clock, wait_for

ALREADY_COMPLETE = "already complete"
"""What is said of a scenario whose Then lines held before anything was carried out."""

TAKES_DOWN = "takes_down"
"""The tag of a scenario that takes down what the others of its lab have made."""

SETS_UP = "sets_up"
"""The tag of a scenario whose program makes what stays until the lab is taken down."""

Key = tuple[str, str]


class Scope(Protocol):
    """One scenario while it is carried out; see `stage.Scope`."""

    values: Any
    results: dict[str, object]
    shown: Any

    def adopt(self, *, values: Mapping[str, str], results: Mapping[str, object]) -> None:
        """Take over what the scenario's lines made before."""
        ...

    def carry_out(self, line: Line) -> None:
        """Carry out one line, once."""
        ...

    def is_settled(self, line: Line) -> bool:
        """Return whether a line reads only what lines before it made."""
        ...


class Stage(Protocol):
    """What a test item offers; see `stage.Stage`."""

    def find(self, lab: str, title: str) -> Scenario:
        """Return a scenario that is there."""
        ...

    def open(self, scenario: Scenario, complete: Callable[[str, str], None]) -> Any:
        """Return a scope in which nothing has been carried out yet."""
        ...

    def looking(self) -> AbstractContextManager[Any]:
        """Return a context in which nothing may be changed."""
        ...

    def sets_up(self, scenario: Scenario) -> None:
        """Write down that its program is about to make things that stay."""
        ...

    def takes_down(self, scenario: Scenario) -> None:
        """Write down that they are gone."""
        ...

    def result_read(self, scenario: Scenario, line: Line) -> str | None:
        """Return the result of the scenario's own When lines that a line reads, if any."""
        ...


@dataclass(frozen=True)
class Done:
    """A completed scenario, remembered for the session.

    Attributes:
        seconds: how long the work took.
        values: what its lines put under names, for the scenarios that need it.
        results: what its lines returned as fixtures, for its own Then lines.
        shown: the rows it showed, if any.
        note: `already complete`, or nothing.
    """

    seconds: float
    values: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, object] = field(default_factory=dict)
    shown: Any = None
    note: str = ""


class Runner:
    """Carries out scenarios and remembers what is complete.

    Args:
        announcer: told what happens.
        clock: where the time comes from.
        limit: seconds a Then line may take that names no limit of its own.
        prove: whether a scenario whose Then lines hold before its When lines fails.
        advise: what to say, below the reason, to who meets a failure in that scenario.
    """

    def __init__(
        self,
        *,
        announcer: Announcer,
        clock: Clock,
        limit: float,
        prove: bool = False,
        advise: Callable[[Scenario, str], str] = lambda scenario, reason: "",
    ) -> None:
        self._tell, self._clock, self._limit, self._prove = announcer, clock, limit, prove
        self._advise = advise
        self._done: dict[Key, Done] = {}
        self._failed: dict[Key, LineFailure] = {}
        self._looks: dict[Key, str] = {}

    # -- mode run ----------------------------------------------------------------------------

    def run(self, scenario: Scenario, stage: Stage) -> Done:
        """Carry out a scenario as written, unless its work is done already.

        Raises:
            LineFailure: one of its lines failed.
            NotTried: it needs a scenario that failed before.
        """
        if scenario_failed := self._failed.get(_key(scenario)):
            raise scenario_failed
        done = self._done.get(_key(scenario))
        if done is None and scenario.of_kind("When"):
            done = self._look_first(scenario, stage)
        if done is not None:
            return self._check_again(scenario, stage, done)
        return self._carry_out(scenario, stage)

    def _complete(self, scenario: Scenario, stage: Stage) -> Done:
        """Complete a scenario that another one needs, unless it is complete."""
        if _key(scenario) in self._failed:
            raise NotTried(f"needs {scenario.title!r}, which failed")
        if _key(scenario) in self._done:
            return self._done[_key(scenario)]
        self._tell.prerequisite_started(scenario)
        start = self._clock.now()
        try:
            done = self._look_first(scenario, stage) or self._carry_out(scenario, stage)
        except RunthroughError as e:
            status = "skipped" if isinstance(e, NotTried) else "failed"
            self._tell.prerequisite_finished(scenario, status, self._clock.now() - start, str(e))
            raise
        self._tell.prerequisite_finished(scenario, "passed", done.seconds, done.note)
        return done

    def _carry_out(self, scenario: Scenario, stage: Stage) -> Done:
        start = self._clock.now()

        def complete(lab: str, title: str) -> None:
            scope.values.update(self._complete(stage.find(lab, title), stage).values)

        scope = stage.open(scenario, complete)
        if SETS_UP in scenario.tags:
            stage.sets_up(scenario)
        is_proved = not self._prove
        try:
            for line in scenario.lines:
                if line.kind == "When" and not is_proved:
                    self._prove_it(scenario, line, scope, stage)
                    is_proved = True
                self._carry_out_line(scenario, line, scope)
        except LineFailure as e:
            self._failed[_key(scenario)] = e
            raise
        seconds = self._clock.now() - start
        done = Done(seconds, dict(scope.values), scope.results, scope.shown)
        if TAKES_DOWN in scenario.tags:
            stage.takes_down(scenario)
            self._forget(scenario.lab)
        self._done[_key(scenario)] = done
        return done

    def _forget(self, lab: str) -> None:
        """Take nothing of a lab for complete any more: what was made is gone."""
        self._done = {key: done for key, done in self._done.items() if key[0] != lab}

    def _carry_out_line(self, scenario: Scenario, line: Line, scope: Scope) -> None:
        """Carry out a line, a Then line until it holds. Raises LineFailure, NotTried."""
        self._tell.line_started(scenario, line)
        start = self._clock.now()
        try:
            if line.kind == "Then":
                limit = self._limit if line.within is None else line.within
                if scope.is_settled(line):
                    limit = 0.0  # another look would see the same
                wait_for(
                    lambda: scope.carry_out(line),
                    limit=limit,
                    clock=self._clock,
                    seen=lambda text: self._tell.line_seen(scenario, line, text),
                )
            else:
                scope.carry_out(line)
        except NotTried as e:
            self._finish_line(scenario, line, "skipped", start, str(e))
            raise
        except Exception as e:
            failure = self._advised(failure_of(scenario, line, e), e)
            self._finish_line(scenario, line, "failed", start, failure.reason)
            raise failure from e
        self._finish_line(scenario, line, "passed", start)

    def _check_again(self, scenario: Scenario, stage: Stage, done: Done) -> Done:
        """Check the Then lines of a scenario whose work was done before."""
        start = self._clock.now()
        scope = stage.open(scenario, lambda lab, title: None)
        scope.adopt(values=done.values, results=done.results)
        for line in scenario.lines:
            if line.kind == "Then":
                self._carry_out_line(scenario, line, scope)
            else:
                self._skip_line(scenario, line, ALREADY_COMPLETE)
        seconds = done.seconds + self._clock.now() - start
        shown = scope.shown or done.shown
        return replace(done, seconds=seconds, shown=shown, note=ALREADY_COMPLETE)

    # -- looking before the work -------------------------------------------------------------

    def _look_first(self, scenario: Scenario, stage: Stage) -> Done | None:
        """Return a scenario as done if its Then lines hold already.

        Its prerequisites are not looked at: what counts is what the reader would see. With
        `prove` nothing is looked at, because each When line has to be seen to matter.

        Raises:
            LineFailure: nobody can say whether they hold (a service refuses the key, say).
        """
        thens = scenario.of_kind("Then")
        if self._prove or not thens or any(stage.result_read(scenario, line) for line in thens):
            return None
        start = self._clock.now()
        scope = stage.open(scenario, lambda lab, title: None)
        with stage.looking():
            for line in (*scenario.of_kind("Given"), *thens):
                try:
                    scope.carry_out(line)
                except Exception as e:
                    if says_not_done(e):
                        return None
                    raise self._cannot_tell(scenario, line, e) from e
        seconds = self._clock.now() - start
        done = Done(seconds, dict(scope.values), scope.results, scope.shown, ALREADY_COMPLETE)
        self._done[_key(scenario)] = done
        return done

    def _cannot_tell(self, scenario: Scenario, line: Line, error: Exception) -> LineFailure:
        """Tell and remember that a look saw nothing, and return that as the line's failure."""
        failure = self._advised(failure_of(scenario, line, error), error)
        self._failed[_key(scenario)] = failure
        self._tell.line_started(scenario, line)
        self._finish_line(scenario, line, "failed", self._clock.now(), failure.reason)
        return failure

    def _prove_it(self, scenario: Scenario, when: Line, scope: Scope, stage: Stage) -> None:
        """Refuse a scenario whose Then lines hold before its When lines are carried out."""
        thens = scenario.of_kind("Then")
        if not thens or any(stage.result_read(scenario, line) for line in thens):
            return
        with stage.looking():
            for line in thens:
                try:
                    scope.carry_out(line)
                except Exception:  # it does not hold; should it never, the run will show why
                    scope.shown = None
                    return
        reason = "this check proves nothing: every Then line holds before this line is carried out"
        raise LineFailure(scenario, when, reason)

    # -- mode check --------------------------------------------------------------------------

    def check(self, scenario: Scenario, stage: Stage) -> Done:
        """Look once at a scenario's Given and Then lines; nothing is changed.

        Raises:
            LineFailure: a line does not hold; the text names the scenario that is not done.
            NotTried: its Then lines read what only its When lines make.
        """
        own = {line: stage.result_read(scenario, line) for line in scenario.of_kind("Then")}
        if own and all(own.values()):
            shows = scenario.of_kind("When")[0].sentence.rstrip(":")
            raise NotTried(f"not looked at: {shows!r} shows it, and a check carries nothing out")
        start = self._clock.now()
        scope = stage.open(scenario, lambda lab, title: self._see(stage.find(lab, title), stage))
        for line in scenario.lines:
            if line.kind == "When":
                self._skip_line(scenario, line, "a check changes nothing")
            elif own.get(line):
                self._skip_line(
                    scenario, line, f"reads {own[line]!r}, which only a When line makes"
                )
            else:
                self._look_at_line(scenario, line, scope, stage)
        return Done(self._clock.now() - start, shown=scope.shown)

    def _look_at_line(self, scenario: Scenario, line: Line, scope: Scope, stage: Stage) -> None:
        self._tell.line_started(scenario, line)
        start = self._clock.now()
        try:
            with stage.looking():
                scope.carry_out(line)
        except _NotDone as e:
            failure = self._advised(LineFailure(scenario, line, str(e)), e)
            self._finish_line(scenario, line, "failed", start, failure.reason)
            raise failure from e
        except Exception as e:
            failure = failure_of(scenario, line, e)
            if says_not_done(e):
                failure = LineFailure(scenario, line, _not_done(scenario, last_seen(e)))
            failure = self._advised(failure, e)
            self._finish_line(scenario, line, "failed", start, failure.reason)
            raise failure from e
        self._finish_line(scenario, line, "passed", start)

    def _see(self, scenario: Scenario, stage: Stage) -> None:
        """Look, once a session, whether a scenario that another one needs is complete.

        Then lines that read what a When line makes cannot be looked at and are left out.

        Raises:
            _NotDone: it is not complete; the text names it.
        """
        key = _key(scenario)
        if key not in self._looks:
            self._looks[key] = self._look_for_what_is_missing(scenario, stage)
        if self._looks[key]:
            raise _NotDone(self._looks[key])

    def _look_for_what_is_missing(self, scenario: Scenario, stage: Stage) -> str:
        scope = stage.open(scenario, lambda lab, title: self._see(stage.find(lab, title), stage))
        with stage.looking():
            for line in (*scenario.of_kind("Given"), *scenario.of_kind("Then")):
                if line.kind == "Then" and stage.result_read(scenario, line):
                    continue
                try:
                    scope.carry_out(line)
                except _NotDone as e:
                    return str(e)
                except Exception as e:
                    if not says_not_done(e):
                        raise
                    return _not_done(scenario, last_seen(e))
        return ""

    # -- telling -----------------------------------------------------------------------------

    def _advised(self, failure: LineFailure, cause: Exception) -> LineFailure:
        """Return a failure with what helps against it; one handed on carries its advice."""
        if isinstance(cause, LineFailure):
            return failure
        advice = self._advise(failure.scenario, failure.reason)
        if not advice:
            return failure
        return LineFailure(failure.scenario, failure.line, f"{failure.reason}\n{advice}")

    def _finish_line(
        self, scenario: Scenario, line: Line, status: str, start: float, message: str = ""
    ) -> None:
        self._tell.line_finished(scenario, line, status, self._clock.now() - start, message)

    def _skip_line(self, scenario: Scenario, line: Line, why: str) -> None:
        self._tell.line_started(scenario, line)
        self._tell.line_finished(scenario, line, "skipped", 0.0, why)


class _NotDone(RunthroughError):
    """A scenario another one needs is not complete; the text names it and what was seen."""


def _key(scenario: Scenario) -> Key:
    return scenario.lab, scenario.title


def _not_done(scenario: Scenario, seen: str) -> str:
    return f"this step is not done: {scenario.title}\n{indent(seen)}"
