"""The line that lets a scenario stand alone."""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers


@given(parsers.re(r'the step "(?P<title>[^"]+)"(?: of lab "(?P<lab>[^"]+)")? is complete'))
def step_is_complete(
    complete_step: Callable[[str | None, str], None], title: str, lab: str | None
) -> None:
    """Complete another scenario, unless what it leaves behind is there already."""
    complete_step(lab, title)
