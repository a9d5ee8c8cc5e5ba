"""The command line: what it prints, and what it says to wrong words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runthrough.cli import main
from runthrough.emulator.server import serve
from runthrough.settings import Settings


def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, env=env)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["run", "nolab"],
            "there is no lab 'nolab'; the labs here are lab1, lab2, ",
        ),
        (["run", "--target", "mars"], "'mars' is not one of 'emulator', 'live'"),
        (["run", "--scale", "0"], "0 is not in the range x>=1"),
        (["data", "lab9", "--out", "x"], "there is no data for 'lab9'; there is some for lab2"),
        (["data", "lab2"], "say either --out DIR or --produce"),
        (["data", "lab2", "--out", "x", "--stream"], "--stream goes with --produce"),
        (["data", "lab2", "--produce", "--rate", "0"], "0.0 is not in the range x>0"),
        (["emulate", "--port", "99999"], "99999 is not in the range"),
        (["emulate", "--world", "nowhere"], "there is no world 'nowhere'"),
        (["emulate", "--llm", "nowhere"], "--llm takes an address such as http://127.0.0.1"),
        (
            ["emulate", "--port", "0", "--llm", "http://127.0.0.1:1"],
            "cannot be reached: ConnectError; name the",
        ),
        (["emulate", "--llm-model", "m"], "--llm-model goes with --llm"),
        (["run", "--llm-model", "m"], "--llm-model goes with --llm"),
        (["run", "--llm", "http://x", "--target", "live"], "the live target has models"),
        (["emulate", "--mongodb", ""], "--mongodb takes an address such as mongodb://"),
        (["run", "race", "--mongodb", ""], "--mongodb takes an address such as mongodb://"),
        (["emulate", "--mongodb", "nowhere"], "--mongodb takes an address such as mongodb://"),
        (["run", "race", "--mongodb", "nowhere"], "--mongodb takes an address such as mongodb://"),
        (["run", "--mongodb", "mongodb://x", "--target", "live"], "those of the live target"),
        (["doctor", "--env-file", "nowhere.env"], "nowhere.env"),
    ],
)
def test_wrong_words_are_named(arguments: list[str], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_live_target_without_any_setting_is_one_sentence(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one a scenario: nothing is tried where nothing can be reached."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
    empty = tmp_path / "empty.env"
    empty.write_text("CONFLUENT_CLOUD_API_KEY=\n", encoding="utf-8")
    for more in ([], ["--env-file", str(empty)]):
        result = call(command, "lab1", "--target", "live", *more)
        assert result.exit_code == pytest.ExitCode.USAGE_ERROR
        assert result.output.startswith("Error: the live target needs addresses and keys")
        assert len(result.output.splitlines()) == 1


def test_no_such_lab_is_no_failed_scenario() -> None:
    """For who reads the exit code: pytest's for wrong words."""
    for command in ("run", "check"):
        assert call(command, "lab9").exit_code == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("command", [["emulate", "--port", "0"], ["run", "race"]])
def test_a_mongodb_server_that_is_not_there_is_one_sentence(command: list[str]) -> None:
    uri = "mongodb://reader:geheim-4711@127.0.0.1:1/?serverSelectionTimeoutMS=50"
    result = call(*command, "--mongodb", uri)
    assert result.exit_code != 0
    assert "the MongoDB server at 127.0.0.1:1 (--mongodb) cannot be reached: " in result.output
    assert "geheim-4711" not in result.output
    assert "Traceback" not in result.output


def test_a_port_that_is_taken_is_named() -> None:
    with serve() as running:
        port = running.url.rsplit(":", 1)[1]
        result = call("emulate", "--port", port)
    assert result.exit_code == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in result.output


def test_data_goes_into_files_with_their_manifest(tmp_path: Path) -> None:
    result = call("data", "lab2", "--out", str(tmp_path), "--seed", "7")
    assert result.exit_code == 0, result.output
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert f"{sum(manifest['topics'].values())} rows in 5 files" in result.output
    for topic, count in manifest["topics"].items():
        lines = (tmp_path / f"{topic}.ndjson").read_text(encoding="utf-8").splitlines()
        assert len(lines) == count


def test_data_is_produced_and_streamed_on() -> None:
    with serve() as running:
        produced = call("data", "lab2", "--produce", env=running.exports)
        assert produced.exit_code == 0, produced.output
        assert "4630 records in 5 topics" in produced.output
        arguments = ("--produce", "--stream", "--rate", "100000", "--count", "12")
        streamed = call("data", "lab2", *arguments, env=running.exports)
    assert streamed.exit_code == 0, streamed.output
    assert len(streamed.output.splitlines()) == 12
    assert "clickstream  A350001000" in streamed.output


def test_the_version_is_the_packages() -> None:
    assert "0.1.0" in call("--version").output
