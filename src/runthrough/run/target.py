"""Where a run goes: decided once, here; everybody else sees addresses and keys."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from runthrough.errors import SettingsError
from runthrough.run.options import Options
from runthrough.settings import Settings


def open_target(options: Options, stack: ExitStack) -> Settings:
    """Return the settings of the target; an emulator lives as long as the stack.

    Raises:
        SettingsError: the settings of the live target cannot be read.
        EmulatorError: the emulator cannot be set up as asked.
    """
    if options.target == "live":
        return Settings.read(os.environ, env_file=options.env_file)
    from runthrough.emulator.llm import read_server
    from runthrough.emulator.mongodb import read_address
    from runthrough.emulator.server import serve  # only here is there an emulator at all
    from runthrough.emulator.world import read_world

    llm = read_server(options.llm, options.llm_model, os.environ) if options.llm else None
    uri = options.mongodb
    mongodb = read_address(uri.get_secret_value(), os.environ) if uri is not None else None
    running = stack.enter_context(serve(read_world(options.world), llm=llm, mongodb=mongodb))
    return Settings.read(running.exports)


def refuse_nothing_set(env_file: Path | None) -> None:
    """Say once what each scenario would say: that the live target has no address and no key.

    Raises:
        SettingsError: no setting is set, or they cannot be read.
    """
    if not Settings.read(os.environ, env_file=env_file).model_fields_set:
        raise SettingsError(
            "the live target needs addresses and keys, and none is set: export them, or name the "
            "file that holds them with --env-file (step 4 of LAB 1 writes it); without --target "
            "live the labs run on the emulator"
        )


def list_emulated() -> list[dict[str, str]]:
    """Return what the emulator does and does not do, as plain data, in the order of the page."""
    from runthrough.emulator.listing import everything

    return [asdict(listed) for listed in everything()]
