"""Settings are read once, whole, and never show a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import SettingsError
from runthrough.settings import REDACTED, Settings, is_secret, placeholder

AWS = {"AWS_ACCESS_KEY_ID": "AKIA0", "AWS_SECRET_ACCESS_KEY": "very-secret-value"}


def test_what_is_not_ours_is_left_alone() -> None:
    assert Settings.read({"HOME": "x", "PATH": "y"}) == Settings()


def test_an_empty_variable_counts_as_missing() -> None:
    assert Settings.read({"KAFKA_ID": ""}).KAFKA_ID is None


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("KAFKA_ID=lkc-file\nAWS_REGION='us-west-2'\n", encoding="utf-8")
    settings = Settings.read({"KAFKA_ID": "lkc-shell"}, env_file=file)
    assert (settings.KAFKA_ID, settings.AWS_REGION) == ("lkc-shell", "us-west-2")


def test_an_env_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.env does not exist"):
        Settings.read({}, env_file=tmp_path / "nowhere.env")


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        ("KAFKA_API_KEY", "KAFKA_API_SECRET"),
        ("CONFLUENT_CLOUD_API_SECRET", "CONFLUENT_CLOUD_API_KEY"),
    ],
)
def test_half_a_pair_is_refused_by_both_names(there: str, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{there} is set but {missing} is not"):
        Settings.read({there: "value"})


def test_require_names_everything_that_is_missing() -> None:
    with pytest.raises(SettingsError, match="KAFKA_ID, AWS_REGION"):
        Settings.read(AWS).require("KAFKA_ID", "AWS_ACCESS_KEY_ID", "AWS_REGION")


def test_text_says_what_a_missing_setting_is_for() -> None:
    with pytest.raises(SettingsError, match=r"AWS_REGION is not set \(AWS region\)"):
        Settings().text("AWS_REGION")
    with pytest.raises(SettingsError, match="there is no setting NOPE"):
        Settings().text("NOPE")


def test_no_secret_is_in_the_repr() -> None:
    assert "very-secret-value" not in repr(Settings.read(AWS))


@given(st.text().map(str.strip).filter(lambda s: s and s not in REDACTED), st.text())
def test_redact_leaves_no_secret_in_any_text(secret: str, around: str) -> None:
    settings = Settings.read({**AWS, "AWS_SECRET_ACCESS_KEY": secret})
    text = around.replace(secret, "") + secret + around.replace(secret, "")
    hidden = settings.redact(text)
    assert REDACTED in hidden
    assert hidden.count(REDACTED) >= text.count(secret)


def test_pages_show_placeholders() -> None:
    assert placeholder("AWS_SECRET_ACCESS_KEY") == "<your AWS secret key>"
    assert placeholder("NOT_A_SETTING") is None
    assert is_secret("AWS_SESSION_TOKEN")
    assert not is_secret("AWS_REGION")


def test_every_setting_has_a_purpose() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_plaintext_broker_needs_no_login() -> None:
    settings = Settings.read({"KAFKA_BOOTSTRAP_SERVERS": "PLAINTEXT://127.0.0.1:9092"})
    assert settings.kafka_login() == {
        "bootstrap.servers": "127.0.0.1:9092",
        "security.protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize("servers", ["broker:9092", "SASL_SSL://broker:9092"])
def test_any_other_broker_gets_the_key_over_tls(servers: str) -> None:
    key = {"KAFKA_API_KEY": "key", "KAFKA_API_SECRET": "secret"}
    login = Settings.read({"KAFKA_BOOTSTRAP_SERVERS": servers, **key}).kafka_login()
    assert login["bootstrap.servers"] == "broker:9092"
    assert (login["security.protocol"], login["sasl.password"]) == ("SASL_SSL", "secret")
    with pytest.raises(SettingsError, match="KAFKA_API_KEY is not set"):
        Settings.read({"KAFKA_BOOTSTRAP_SERVERS": servers}).kafka_login()


@pytest.mark.parametrize("value", ["SECRET ", " SECRET", "SECRET\r", "SECRET\n"])
def test_a_blank_around_a_pasted_key_is_named_and_the_key_is_not_shown(value: str) -> None:
    with pytest.raises(SettingsError, match="begin or end: FLINK_API_SECRET") as caught:
        Settings.read({"FLINK_API_KEY": "KEY", "FLINK_API_SECRET": value})
    assert caught.value.names == ("FLINK_API_SECRET",)
    assert "SECRET " not in str(caught.value).replace("FLINK_API_SECRET", "")


def test_a_file_with_windows_line_endings_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"FLINK_API_KEY='KEY'\r\nFLINK_API_SECRET=SECRET  \r\n")
    settings = Settings.read({}, env_file=file)
    assert (settings.text("FLINK_API_KEY"), settings.text("FLINK_API_SECRET")) == ("KEY", "SECRET")


def test_a_quoted_blank_in_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("FLINK_API_KEY='KEY '\nFLINK_API_SECRET=SECRET\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="FLINK_API_KEY"):
        Settings.read({}, env_file=file)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfKAFKA_ID=lkc-1\r\nAWS_REGION=us-east-1\r\n",
        b"export KAFKA_ID='lkc-1'\nexport AWS_REGION=\"us-east-1\"  # where the cluster is\n",
        b"# mine\n\n  KAFKA_ID = lkc-1 \nAWS_REGION=us-east-1",
    ],
    ids=["byte-order mark, Windows", "export and quotes", "blanks around"],
)
def test_a_file_is_read_as_people_write_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ".env"
    file.write_bytes(content)
    settings = Settings.read({}, env_file=file)
    assert (settings.KAFKA_ID, settings.AWS_REGION) == ("lkc-1", "us-east-1")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# mine\n\n\nKAFKA_ID: lkc-1\n", 4),
        ('AWS_REGION=us-east-1\n$env:KAFKA_ID = "lkc-1"\n', 2),
        ("AWS_REGION=us-east-1\nset KAFKA_ID=lkc-1\n", 2),
        ("KAFKA_ID='lkc-1\nAWS_REGION=us-east-1\n", 1),
    ],
    ids=["colon", "PowerShell", "cmd.exe", "half a quotation"],
)
def test_a_line_that_sets_nothing_is_named(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "workshop.env"
    file.write_text(text, encoding="utf-8")
    said = rf"workshop\.env, line {line}: this is not a line of the form NAME=value$"
    with pytest.raises(SettingsError, match=said):
        Settings.read({}, env_file=file)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: "):
        Settings.read({}, env_file=tmp_path)
    file = tmp_path / ".env"
    file.write_text("KAFKA_ID=lkc-1\n", encoding="utf-16")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        Settings.read({}, env_file=file)


def test_what_is_not_filled_in_is_named_every_one(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    names = ("KAFKA_ID", "FLINK_API_KEY", "FLINK_API_SECRET")
    lines = [f"{name}={placeholder(name)}\n" for name in names]
    file.write_text("".join(lines) + "AWS_REGION=us-east-1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^not filled in yet: ") as caught:
        Settings.read({}, env_file=file)
    assert set(caught.value.names) == set(names)


def test_every_placeholder_is_known_as_one() -> None:
    shown = {name: placeholder(name) or "" for name in Settings.model_fields}
    bracketed = {name: text for name, text in shown.items() if "<" in text}
    for name, text in bracketed.items():
        with pytest.raises(SettingsError, match=f"not filled in yet: {name}"):
            Settings.read({name: text})
    assert set(bracketed) >= {"KAFKA_API_SECRET", "AWS_REGION", "BEDROCK_MODEL_ID"}
