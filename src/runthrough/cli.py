"""The command line: each command gathers its options and calls the room that does the work."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from runthrough.errors import RunthroughError, SettingsError
from runthrough.settings import Settings

if TYPE_CHECKING:
    from runthrough.race.command import Show

RESULTS = Path("build/runthrough")
_USAGE_ERROR = 4  # pytest's: 1 would say that a scenario failed


class _Commands(click.Group):
    """The group of all commands; errors made for people end as one line, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RunthroughError as e:
            raise click.ClickException(str(e)) from e


@click.group(cls=_Commands)
@click.version_option(package_name="runthrough")
def main() -> None:
    """Rehearse, check and publish hands-on workshops on Confluent Cloud and Amazon Bedrock."""


def _env_file(command: Any) -> Any:
    return click.option(
        "--env-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Read settings from this file, below those of the environment.",
    )(command)


def _data_size(command: Any) -> Any:
    seed = click.option("--seed", type=int, default=42, show_default=True, help="Of the data.")
    scale = click.option(
        "--scale", type=click.IntRange(min=1), default=1, show_default=True, help="Times the data."
    )
    return seed(scale(command))


def _llm(command: Any) -> Any:
    url = click.option(
        "--llm", metavar="URL", help="Have prompts answered by this OpenAI-compatible server."
    )
    model = click.option("--llm-model", metavar="NAME", help="The model to ask it for.")
    return url(model(command))


def _mongodb(command: Any) -> Any:
    return click.option(
        "--mongodb", metavar="URI", help="Have external tables search this MongoDB server."
    )(command)


def _run_options(command: Any) -> Any:
    for option in (
        click.option("--target", type=click.Choice(["emulator", "live"]), default="emulator"),
        click.option(
            "--wait", type=float, metavar="SECONDS", help="How long a Then line may take."
        ),
        click.option("--from", "first", metavar="SCENARIO", help="Start at this scenario."),
        click.option("--until", "last", metavar="SCENARIO", help="End after this scenario."),
        click.option("-k", "keyword", metavar="TITLE", help="Only scenarios with this title."),
        click.option("--world", metavar="NAME|FILE", help="The emulator's world."),
        _llm,
        _mongodb,
        _env_file,
        _data_size,
    ):
        command = option(command)
    return command


@main.command()
@click.argument("labs", nargs=-1)
@_run_options
@click.option("--mode", type=click.Choice(["run", "check", "solve"]), default="run")
@click.option("--prove", is_flag=True, help="A Then line must not hold before its When line.")
@click.option("--keep", is_flag=True, help="Leave what the run created.")
@click.option(
    "-n", "numprocesses", type=click.IntRange(min=1), metavar="N", help="Labs on N processes."
)
def run(labs: tuple[str, ...], **options: Any) -> None:
    """Run LABS (all by default) and write the record to build/runthrough/."""
    _run(labs, **options)


@main.command()
@click.argument("labs", nargs=-1)
@_run_options
def check(labs: tuple[str, ...], **options: Any) -> None:
    """Look whether the steps of LABS are done, without changing anything."""
    _run(labs, mode="check", prove=False, keep=True, **options)


def _run(labs: tuple[str, ...], *, first: str | None, last: str | None, **options: Any) -> None:
    from rich.console import Console

    from runthrough.report.terminal import Progress
    from runthrough.run.command import run_labs  # pytest is loaded only where it is needed
    from runthrough.run.target import refuse_nothing_set

    arguments: list[str] = []
    for name, value in {**options, "from": first, "until": last}.items():
        if name == "keyword":
            arguments += ["-k", value] if value else []
        elif value is True:
            arguments.append(f"--{name}")
        elif value is not None and value is not False:
            arguments.append(f"--{name.replace('_', '-')}={value}")
    try:
        # What only the emulator takes is refused first, with the other options.
        emulators_own = options["prove"] or options["llm"] or options["mongodb"] is not None
        if options["target"] == "live" and not emulators_own:
            refuse_nothing_set(options["env_file"])
        code = run_labs(labs, pytest_args=arguments, listeners=[Progress(Console())])
    except SettingsError as e:
        click.echo(f"Error: {e}", err=True)
        code = _USAGE_ERROR
    sys.exit(code)


@main.command()
@_env_file
@click.option("--probe", is_flag=True, help="Also ask the model for one token (costs that much).")
def doctor(env_file: Path | None, probe: bool) -> None:
    """Check accounts, keys, regions and the model before the event. Changes nothing."""
    from rich.console import Console

    from runthrough.doctor.checks import examine
    from runthrough.doctor.terminal import show

    settings = Settings.read(os.environ, env_file=env_file)
    if not show(examine(settings, probe=probe), Console()):
        sys.exit(1)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option("--world", default="default", show_default=True, metavar="NAME|FILE")
@click.option("--pace", type=click.Choice(["instant", "realistic"]), default="instant")
@click.option(
    "--faults",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Requests to spoil: a YAML file of rules.",
)
@click.option(
    "--storage",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep Tableflow's tables in this folder.",
)
@click.option("--tls", is_flag=True, help="Serve AWS clients over HTTPS: Bedrock API keys want it.")
@_llm
@_mongodb
def emulate(
    port: int,
    world: str,
    pace: Any,
    faults: Path | None,
    storage: Path | None,
    tls: bool,
    llm: str | None,
    llm_model: str | None,
    mongodb: str | None,
) -> None:
    """Serve the emulator until Ctrl-C; print `export NAME=value` lines for every client."""
    from runthrough.emulator.faults.rules import read_rules
    from runthrough.emulator.llm import read_server
    from runthrough.emulator.mongodb import read_address
    from runthrough.emulator.server import serve_forever
    from runthrough.emulator.world import read_world

    rules = () if faults is None else read_rules(faults)
    if llm_model and not llm:
        raise click.UsageError("--llm-model goes with --llm")
    serve_forever(
        read_world(world),
        port=port,
        pace=pace,
        faults=rules,
        storage=storage,
        tls=tls,
        llm=read_server(llm, llm_model, os.environ) if llm else None,
        mongodb=None if mongodb is None else read_address(mongodb, os.environ),
    )


@main.command()
@click.argument("lab")
@_data_size
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write files here.")
@click.option("--produce", is_flag=True, help="Send Avro records to the cluster of the settings.")
@click.option(
    "--stream",
    is_flag=True,
    help="With --produce: go on with new rows until Ctrl-C; of a race: second by second.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="With --stream: times the workshop's own pace.",
)
@click.option("--count", type=click.IntRange(min=1), help="With --stream: end after so many rows.")
@_env_file
def data(
    lab: str,
    seed: int,
    scale: int,
    out: Path | None,
    produce: bool,
    stream: bool,
    rate: float,
    count: int | None,
    env_file: Path | None,
) -> None:
    """Generate the data of LAB (lab2 or race), into files or into its topics."""
    from runthrough.data import command
    from runthrough.data.stream import Event

    if lab not in command.LABS:
        known = ", ".join(command.LABS)
        message = f"there is no data for {lab!r}; there is some for {known}"
        raise click.BadParameter(message, param_hint="LAB")
    if (out is None) == (not produce):
        raise click.UsageError("say either --out DIR or --produce")
    if stream and not produce:
        raise click.UsageError("--stream goes with --produce")
    is_race = lab == command.RACE
    if is_race and count is not None:
        raise click.UsageError("a race has its own end, so --count goes with other labs")
    if out is not None:
        write = command.generate_race_to if is_race else command.generate_to
        topics = write(out, seed=seed, scale=scale).topics
        click.echo(f"{sum(topics.values())} rows in {len(topics)} files in {out}")
        return
    settings = Settings.read(os.environ, env_file=env_file)

    def tell(event: Event) -> None:
        key = next(iter(event.row.values()))
        click.echo(f"{event.topic}  {key}")

    if is_race:
        _race(settings, seed=seed, scale=scale, rate=rate if stream else None)
        return
    if not stream:
        _produce(settings, seed=seed, scale=scale)
        return

    command.stream(settings, seed=seed, scale=scale, rate=rate, count=count, told=tell)


def _race(settings: Settings, *, seed: int, scale: int, rate: float | None) -> None:
    from runthrough.data import command
    from runthrough.data.stream import Event

    def tell(event: Event) -> None:
        if rate is not None and event.row.get("position") == 1:
            click.echo(f"second {event.row['race_second']:3}: {event.row['racer']} leads")

    manifest = command.run_race(settings, seed=seed, scale=scale, rate=rate, told=tell)
    counted = f"{sum(manifest.topics.values())} records in {len(manifest.topics)} topics"
    click.echo(f"{manifest.race_id}: {counted}; the winner is {manifest.result[0]}")


def _produce(settings: Settings, *, seed: int, scale: int) -> None:
    from rich import progress as bars
    from rich.console import Console

    from runthrough.data import command
    from runthrough.data.produce import Progress

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, Any] = {}

        def tell(state: Progress) -> None:
            if state.topic not in tasks:
                tasks[state.topic] = progress.add_task(state.topic, total=state.total)
            progress.update(tasks[state.topic], completed=state.sent)

        manifest = command.produce(settings, seed=seed, scale=scale, progress=tell)
    click.echo(f"{sum(manifest.topics.values())} records in {len(manifest.topics)} topics")


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True)
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=60,
    show_default=True,
    help="How long the race lasts, by its own clock.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Times real time: 10 runs a minute in six seconds.",
)
@click.option("--seed", type=int, default=42, show_default=True, help="Another seed, another race.")
@click.option("--no-produce", is_flag=True, help="Start no race: only watch what others start.")
@click.option("--stop-at-finish", is_flag=True, help="End with the race, not with Ctrl-C.")
@click.option("--comments", metavar="TOPIC", default="race-commentary", show_default=True)
@click.option("--anomalies", metavar="TOPIC", default="race-anomalies", show_default=True)
@_env_file
@click.pass_context
def race(
    ctx: click.Context,
    port: int,
    seconds: int,
    speed: float,
    seed: int,
    no_produce: bool,
    stop_at_finish: bool,
    comments: str,
    anomalies: str,
    env_file: Path | None,
) -> None:
    """Run a race, and show it live on a page of this machine until Ctrl-C."""
    from runthrough.race.command import open_show

    if no_produce:
        for name in ("seconds", "speed", "seed", "stop_at_finish"):
            if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
                option = name.replace("_", "-")
                raise click.UsageError(f"--{option} is of a race, and --no-produce starts none")
    settings = Settings.read(os.environ, env_file=env_file)
    with open_show(
        settings,
        port=port,
        seed=None if no_produce else seed,
        seconds=None if no_produce else seconds,
        comments=comments,
        anomalies=anomalies,
    ) as show:
        click.echo(f"the board is at {show.url} (Ctrl-C ends it)")
        try:
            if not no_produce:
                _run_race(show, seed=seed, seconds=seconds, speed=speed)
            if not stop_at_finish:
                threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("\nthe board is closed")


def _run_race(show: Show, *, seed: int, seconds: int, speed: float) -> None:
    from runthrough.data.stream import Event
    from runthrough.race.command import run_race

    leader = ""

    def tell(event: Event) -> None:
        nonlocal leader
        if event.row.get("position") == 1 and event.row["racer"] != leader:
            leader = str(event.row["racer"])
            click.echo(f"second {event.row['race_second']:3}: {leader} leads")

    end = run_race(show, seed=seed, seconds=seconds, speed=speed, told=tell)
    if not end.sent:
        click.echo(f"{end.race_id} was run before; another --seed is another race")
    if not end.arrived:
        click.echo("the last second is not on the board yet; see there what it says", err=True)
    click.echo(f"{end.race_id} is over after {end.took:.1f} s: {end.winner} wins")


@main.command()
def report() -> None:
    """Render the record of the last run again."""
    from runthrough.report.html import render_report

    click.echo(f"report: {render_report(RESULTS)}")


if __name__ == "__main__":
    main()
