"""A lab's program runs as it stands, with the settings for its environment and little else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runthrough.errors import StepError
from runthrough.run.programs import LONGEST, Ran, environment, run_program
from runthrough.settings import Settings
from tests.waiting import eventually

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush-hush"}
SETTINGS = Settings.read({**KEYS, "AWS_REGION": "us-east-1"})


def run(folder: Path, text: str, **more: Any) -> Ran:
    path = folder / "talk.py"
    path.write_text(text, encoding="utf-8")
    ran = run_program(path, settings=SETTINGS, environ={"STRAY": "1"}, **more)
    assert path.read_text(encoding="utf-8") == text
    assert os.listdir(folder) == ["talk.py"], "a run leaves nothing beside the file"
    return ran


def test_it_runs_with_this_python_in_its_own_folder_without_arguments(tmp_path: Path) -> None:
    ran = run(tmp_path, "import os, sys\nprint(sys.executable, os.getcwd(), sys.argv, sep='|')\n")
    assert ran == Ran("talk.py", f"{sys.executable}|{tmp_path}|['talk.py']\n", "")


def test_it_sees_the_settings_and_no_stray_variable(tmp_path: Path) -> None:
    text = "import os\nprint(os.environ['AWS_REGION'], 'STRAY' in os.environ)\n"
    assert run(tmp_path, text).printed == "us-east-1 False\n"


def test_it_reads_the_one_answer_of_its_line(tmp_path: Path) -> None:
    text = "import sys\nprint(input('Sure? '), repr(sys.stdin.read()))\n"
    assert run(tmp_path, text, answer="y").printed == "Sure? y ''\n"


def test_what_it_writes_goes_where_the_run_says(tmp_path: Path) -> None:
    text = "import os\nprint(os.environ.get('LAB_FILES'))\n"
    assert run(tmp_path, text).printed == "None\n"
    assert run(tmp_path, text, files=tmp_path).printed == f"{tmp_path}\n"


def test_it_is_at_no_keyboard(tmp_path: Path) -> None:
    ran = run(tmp_path, "import sys\nprint(sys.stdin.isatty(), repr(sys.stdin.read()))\n")
    assert ran.printed == "False ''\n"


def test_a_secret_is_hidden_in_what_it_prints_and_in_its_error(tmp_path: Path) -> None:
    text = "import os\ns = os.environ['AWS_SECRET_ACCESS_KEY']\nprint(s)\nraise ValueError(s)\n"
    ran = run(tmp_path, text)
    assert (ran.printed, ran.error) == ("•••\n", "ValueError: •••")
    assert ran.shown == "•••\nValueError: •••"


def test_an_exception_of_several_lines_is_kept_whole_without_its_traceback(tmp_path: Path) -> None:
    ran = run(tmp_path, "def f():\n    raise ValueError('one\\ntwo')\n\n\nf()\n")
    assert ran.error == "ValueError: one\ntwo"


def test_a_setting_that_nobody_set_is_named(tmp_path: Path) -> None:
    text = "import os\nos.environ['{}']\n"
    ran = run(tmp_path, text.format("KAFKA_ID"))
    assert ran.error == "KeyError: 'KAFKA_ID'\nKAFKA_ID is not set"
    assert run(tmp_path, text.format("OTHER")).error == "KeyError: 'OTHER'"
    assert run(tmp_path, "{}['AWS_REGION']").error == "KeyError: 'AWS_REGION'"


def test_a_program_that_exits_in_silence_names_its_code(tmp_path: Path) -> None:
    assert run(tmp_path, "raise SystemExit(3)\n").error == "talk.py ended with code 3"


def test_a_syntax_error_is_its_error(tmp_path: Path) -> None:
    assert run(tmp_path, "print(\n").error.startswith("SyntaxError: ")


def test_text_of_every_language_comes_through(tmp_path: Path) -> None:
    assert run(tmp_path, "print('Où est l’hôtel ? 水')\n").printed == "Où est l’hôtel ? 水\n"  # noqa: RUF001


def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"talk\.py did not end within 0\.5 s"):
        run(tmp_path, "while True:\n    pass\n", limit=0.5)


PUTS_RIGHT = """
import pathlib, time
try:
    pathlib.Path({folder!r}, "begun").touch()
    time.sleep(60)
finally:
    time.sleep(0.5)  # longer than a killer waits
    pathlib.Path({folder!r}, "ended").touch()
"""


STARTS = """
import sys
from pathlib import Path
from runthrough.run.programs import run_program
from runthrough.settings import Settings
run_program(Path(sys.argv[1]), settings=Settings(), environ={})
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_one_puts_things_right_when_its_run_is_broken_off(tmp_path: Path, how: int) -> None:
    path = tmp_path / "talk.py"
    path.write_text(PUTS_RIGHT.format(folder=str(tmp_path)).replace("(60)", "(2)"))
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, str(path)],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as runner:
        eventually((tmp_path / "begun").exists)
        runner.send_signal(how)
    assert runner.returncode != 0
    eventually((tmp_path / "ended").exists)


def test_one_that_prints_without_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=f"printed {LONGEST + 1} characters"):
        run(tmp_path, f"print('a' * {LONGEST})\n")


def test_with_keys_no_file_of_aws_counts() -> None:
    found = environment(SETTINGS, {"HOME": "/users/me", "AWS_PROFILE": "mine", "PATH": "/bin"})
    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not {"HOME", "AWS_PROFILE"} & found.keys()


def test_without_keys_boto3_may_look_for_a_profile() -> None:
    settings = Settings.read({"AWS_REGION": "us-east-1"})
    found = environment(settings, {"HOME": "/users/me", "AWS_PROFILE": "mine", "PATH": "/bin"})
    assert (found["HOME"], found["AWS_PROFILE"]) == ("/users/me", "mine")
    assert "AWS_CONFIG_FILE" not in found


def test_one_finds_the_tools_of_the_machine_and_nothing_else() -> None:
    found = environment(SETTINGS, {"PATH": "/bin", "PYTHONPATH": "/other", "SHELL": "/bin/sh"})
    assert found["PATH"] == "/bin"
    assert not {"PYTHONPATH", "SHELL"} & found.keys()
