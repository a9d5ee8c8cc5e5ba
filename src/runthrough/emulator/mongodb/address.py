"""What `--mongodb` names: a server, and the user and password it is entered with.

The library `pymongo` is the extra `mongodb`: it is imported where it is used, so that all else
works without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import unquote_plus

from pydantic import SecretStr

from runthrough.errors import EmulatorError

PASSWORD_VARIABLE = "RUNTHROUGH_MONGODB_PASSWORD"
EXTRA = "--mongodb: the library pymongo is not installed: it is the extra 'mongodb' of runthrough"
DNS_SECONDS = 5.0
"""How long a name service may take to say which hosts a `mongodb+srv` address stands for."""

_SCHEMES = ("mongodb://", "mongodb+srv://")
_HOST = r"(?:[\w.%-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_EXAMPLE = "mongodb://127.0.0.1:27017 or mongodb+srv://user:password@cluster.example.net"


@dataclass(frozen=True)
class MongoAddress:
    """A MongoDB server, and how it is entered.

    Attributes:
        name: its hosts, for people: nothing of it is secret.
        uri: the whole address.
        password: that of the environment, for a user without one in the address.
    """

    name: str
    uri: SecretStr = field(repr=False)
    password: SecretStr | None = field(default=None, repr=False)

    def redact(self, text: str) -> str:
        """Return a text of the server's or the library's without the password."""
        written, _ = _split(self.uri.get_secret_value())
        raw = written.partition(":")[2]
        own = self.password.get_secret_value() if self.password else ""
        for secret in {raw, unquote_plus(raw), own} - {""}:
            text = text.replace(secret, "•••")
        return text


def load_library() -> ModuleType:
    """Return pymongo. Raises EmulatorError naming the extra where it is not installed."""
    try:
        import pymongo
    except ImportError as e:
        raise EmulatorError(EXTRA) from e
    return pymongo


def read_address(uri: str, environment: Mapping[str, str]) -> MongoAddress:
    """Return the server that `--mongodb` names; nobody is asked yet but the name service.

    Raises:
        EmulatorError: the address is none of a MongoDB server, or pymongo is not installed.
    """
    uri = uri.strip()
    if not uri.startswith(_SCHEMES):
        raise EmulatorError(f"--mongodb takes an address such as {_EXAMPLE}")
    login, hosts = _split(uri)
    if not _HOSTS.fullmatch(hosts) or "@" in uri.partition("://")[2].removeprefix(f"{login}@"):
        # What stands there may be a part of a password, so that it is not shown.
        raise EmulatorError(
            "--mongodb: after the user and the password no host can be made out; write each "
            "character of them that means something in an address as in %40 for @, %2F for /"
        )
    load_library()
    _check(uri, hosts)
    user, colon, _ = login.partition(":")
    given = environment.get(PASSWORD_VARIABLE, "")
    password = SecretStr(given) if given and user and not colon else None
    return MongoAddress(hosts, SecretStr(uri), password)


def _split(uri: str) -> tuple[str, str]:
    """Return user and password as they are written, and the hosts."""
    authority = re.split(r"[/?]", uri.partition("://")[2], maxsplit=1)[0]
    login, _, hosts = authority.rpartition("@")
    return login, hosts


def _check(uri: str, hosts: str) -> None:
    """Have the library read an address. Raises EmulatorError in its words, which show no login."""
    from pymongo.errors import PyMongoError
    from pymongo.uri_parser import parse_uri

    try:
        parse_uri(uri, validate=True, warn=False, connect_timeout=DNS_SECONDS)
    except (PyMongoError, ValueError) as e:
        raise EmulatorError(f"--mongodb, the address of {hosts}: {e}") from e
