"""`--mongodb`: which addresses are taken, and that none shows its password."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from runthrough.emulator.mongodb import PASSWORD_VARIABLE, read_address
from runthrough.errors import EmulatorError

SECRET = "geheim-4711"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("mongodb://127.0.0.1", "127.0.0.1"),
        (f" mongodb://u:{SECRET}@db.example.com:27018/race?authSource=admin ",
         "db.example.com:27018"),
        (f"mongodb://u:{SECRET}@a:1,b:2/?replicaSet=r", "a:1,b:2"),
        ("mongodb://u:p%40%2F%3A@[::1]:27017", "[::1]:27017"),
    ],
)  # fmt: skip
def test_an_address_is_named_by_its_hosts(uri: str, name: str) -> None:
    address = read_address(uri, {})
    assert address.name == name
    assert address.uri.get_secret_value() == uri.strip()
    assert SECRET not in repr(address)


REFUSED = [
    ("", "--mongodb takes an address such as mongodb://127.0.0.1:27017"),
    ("127.0.0.1:27017", "--mongodb takes an address such as"),
    (f"http://u:{SECRET}@h", "--mongodb takes an address such as"),
    ("mongodb://", "no host can be made out"),
    (f"mongodb://u:{SECRET}/x@h", "write each character of them that means something"),
    (f"mongodb://u:{SECRET}?x@h", "write each character of them that means something"),
    (f"mongodb://u:1/{SECRET}@h", "write each character of them that means something"),
    (f"mongodb://u:{SECRET}@x@h", "Username and password must be escaped"),
    (f"mongodb://u:{SECRET}@h:99999", "the address of h:99999: Port must be an integer"),
    (f"mongodb://u:{SECRET}@h/?nope=1", "the address of h: Unknown option: nope"),
    (f"mongodb://u:{SECRET}@h/?tls=maybe", "the address of h: "),
]


@pytest.mark.parametrize(("uri", "words"), REFUSED)
def test_what_is_no_address_is_told_without_its_password(uri: str, words: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        read_address(uri, {})
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_password_of_the_environment_is_for_a_user_without_one() -> None:
    environment = {PASSWORD_VARIABLE: SECRET}
    address = read_address("mongodb://u@h", environment)
    assert address.password is not None
    assert address.password.get_secret_value() == SECRET
    assert read_address("mongodb://u:p@h", environment).password is None
    assert read_address("mongodb://h", environment).password is None
    assert SECRET not in repr(address)


def test_a_text_loses_the_password_in_every_form() -> None:
    address = read_address("mongodb://u:one%2Ftwo@h", {})
    assert address.redact("one/two, one%2Ftwo, three") == "•••, •••, three"
    other = read_address("mongodb://u@h", {PASSWORD_VARIABLE: SECRET})
    assert other.redact(f"not {SECRET}") == "not •••"


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pymongo":
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EmulatorError, match="extra 'mongodb'"):
        read_address("mongodb://h", {})
