"""The pytest plugin, wiring only: it does nothing unless feature files are collected.

Loaded in every pytest session of an environment that has runthrough (entry point `pytest11`), so
it imports what costs time only when there is a feature to run.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from runthrough.run.options import RESULTS, RUN, add_options, read_options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks by which a run tells what it does."""
    from runthrough.run import hooks

    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set a run up if feature files are asked for. Raises UsageError."""
    if not _asks_for_features(config):
        return
    if config.option.xmlpath is None:
        config.option.xmlpath = str(RESULTS / "junit.xml")
    from runthrough.run import fixtures, parallel, prerequisites
    from runthrough.run.session import Run

    folder = parallel.own_folder(config, RESULTS)
    run = config.stash[RUN] = Run(read_options(config), hook=config.hook, folder=folder)
    for plugin in (fixtures, prerequisites, *_listeners(config, run)):
        config.pluginmanager.register(plugin)
    if not parallel.is_worker(config):
        config.pluginmanager.import_plugin("runthrough.report.plugin")  # by name: it only listens


def _listeners(config: pytest.Config, run: Any) -> Sequence[object]:
    """Return who listens to a run: a worker's hands on what its controller writes down."""
    from runthrough.run import parallel
    from runthrough.run.emulated import Emulated
    from runthrough.run.record import Record
    from runthrough.run.samples import Samples

    if parallel.is_worker(config):
        return [parallel.Outbox(config)]
    if not parallel.is_controller(config):
        return [Record(run.folder), Samples(run.folder), Emulated(run.folder)]
    parallel.keep_labs_whole(config)
    relay = parallel.Relay(config, run)
    files = [Record(run.folder, clock=relay.now), Samples(run.folder, clock=relay.now)]
    return [relay, *files, Emulated(run.folder)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file."""
    if file_path.suffix != ".feature" or not _has_run(parent.config):
        return None
    from runthrough.run.collection import FeatureFile

    return FeatureFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select by title, where -k is one (pytest refuses blanks there), and by --from and --until."""
    if not _has_run(config):
        return
    from runthrough.run.collection import select

    options = read_options(config)
    keyword = config.option.keyword
    kept, left, is_title = select(items, keyword=keyword, first=options.first, last=options.last)
    if is_title:
        config.option.keyword = ""
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Open the target once it is clear which scenarios run."""
    if not _has_run(session.config) or session.config.option.collectonly:
        return
    scenarios = [item.scenario for item in _scenario_items(session.items)]
    if scenarios and not session.testsfailed:
        from runthrough.errors import RunthroughError

        try:
            _run(session.config).open(scenarios)
        except RunthroughError as e:
            raise pytest.UsageError(str(e)) from e


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hide secrets in what fixtures say that fail before or after a scenario."""
    report = yield
    if report.failed and report.when != "call" and _has_run(item.config):
        report.longrepr = _run(item.config).secrets.redact(report.longreprtext)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Delete what the run created, on failure and Ctrl-C too.

    A check that looked at nothing has not passed: it ends like one that selected nothing.
    """
    if not _has_run(session.config):
        return
    run = _run(session.config)
    run.close()
    if session.exitstatus == pytest.ExitCode.OK and _looked_at_nothing(session):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def _asks_for_features(config: pytest.Config) -> bool:
    paths = [Path(config.invocation_params.dir, arg.split("::")[0]) for arg in config.args]
    return any(
        path.suffix == ".feature" or (path.is_dir() and any(path.glob("*.feature")))
        for path in paths
    )


def _has_run(config: pytest.Config) -> bool:
    return RUN in config.stash


def _run(config: pytest.Config) -> Any:
    return config.stash[RUN]


def _looked_at_nothing(session: pytest.Session) -> bool:
    run, option = _run(session.config), session.config.option
    if run.options.mode != "check" or run.was_tried or option.collectonly:
        return False
    return len(_scenario_items(session.items)) == len(session.items)


def _scenario_items(items: Iterable[pytest.Item]) -> list[Any]:
    from runthrough.run.collection import ScenarioItem

    return [item for item in items if isinstance(item, ScenarioItem)]
