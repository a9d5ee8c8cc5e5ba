"""Lines that run a lab's own Python file, and what it prints."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from runthrough.errors import StepError
from runthrough.run.ledger import Ledger
from runthrough.run.programs import Ran
from runthrough.run.stage import RunProgram, ShowRows


@when(
    parsers.re(r'I run "(?P<name>[^"]+)"(?: and answer "[^"]*")?'),
    target_fixture="ran",
)
def run_file(run_program: RunProgram, ledger: Ledger, show_rows: ShowRows, name: str) -> Ran:
    """Run one file of the lab's own folder, as its reader does: `python talk.py`.

    The rule: nothing of a feature or a page is executed as code. A line names a file that lies in
    `labs/<lab>/` by its plain name; a path, a link that leads elsewhere, arguments and a shell
    there are not. `lab.read_program` refuses all else when the feature is read, with its line.
    """
    ledger.changes(f"running {name}")
    ran = run_program()
    show_rows([f"what {name} prints"], [[ran.shown]])
    return ran


@then(parsers.parse('it prints "{words}"'))
def print_words(ran: Ran, words: str) -> None:
    assert words in _printed(ran), f"it prints: {ran.printed or 'nothing'}"


@then("it prints these lines, in order:")
def print_lines(ran: Ran, docstring: str) -> None:
    left = iter(_printed(ran).splitlines())
    missing = [line for line in docstring.splitlines() if line not in left]
    assert not missing, f"no line {missing[0]!r} (any more) in: {ran.printed or 'nothing'}"


@then(parsers.parse('it ends with the error "{words}"'))
def end_with_error(ran: Ran, words: str) -> None:
    assert ran.error, f"{ran.name} ended well and printed: {ran.printed or 'nothing'}"
    assert words in ran.error, f"it ends with: {ran.error}"


def _printed(ran: Ran) -> str:
    """Return what a program printed that ended well."""
    if ran.error:
        raise StepError(f"{ran.name} ended with: {ran.error}")
    return ran.printed
