"""AWS credentials for the connection: a session of three hours.

    eval "$(python -m workshop.session bash)"
    python -m workshop.session powershell | Out-String | iex

Long-term keys (AKIA…) are exchanged for a session; temporary ones (ASIA…)
are kept, because AWS gives no session for a session.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import boto3

SECONDS = 10_800
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
END = "AWS_CREDENTIAL_EXPIRATION"
"""Where `aws configure export-credentials --format env` says the end."""


@dataclass(frozen=True)
class Session:
    """Three values and when they end, if anybody said so."""

    values: dict[str, str] = field(repr=False)
    ends: datetime | None
    minted: bool

    def __str__(self) -> str:
        """Say what was done and until when it lasts, without a value."""
        done = "a new session" if self.minted else "your session is kept"
        if self.ends is None:
            return f"{done}; who gave it to you knows when it ends"
        left = round((self.ends - datetime.now(UTC)).total_seconds() / 60)
        return f"{done}; it lasts {left // 60} h {left % 60} min"


def open_session(environ: Mapping[str, str]) -> Session:
    """Return a session for the keys of an environment, minted or kept."""
    key = environ.get(NAMES[0], "")
    if key != key.strip():
        sys.exit(f"{NAMES[0]} has a blank at its begin or end")
    if key.startswith("ASIA"):
        return _kept(environ)
    if not key.startswith("AKIA"):
        sys.exit(f"{NAMES[0]} is not set, or begins with no AKIA or ASIA")
    sts = boto3.client(
        "sts",
        region_name=environ.get("AWS_REGION", "us-east-1"),
        endpoint_url=environ.get("AWS_ENDPOINT_URL_STS"),
        aws_access_key_id=key,
        aws_secret_access_key=environ.get(NAMES[1]),
    )
    given = sts.get_session_token(DurationSeconds=SECONDS)["Credentials"]
    parts = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    values = dict(zip(NAMES, (given[part] for part in parts), strict=True))
    return Session(values, given["Expiration"], minted=True)


def _kept(environ: Mapping[str, str]) -> Session:
    missing = [name for name in NAMES if not environ.get(name)]
    if missing:
        sys.exit(f"a key that begins with ASIA needs {missing[0]} too")
    ends = environ.get(END)
    return Session(
        {name: environ[name] for name in NAMES},
        datetime.fromisoformat(ends) if ends else None,
        minted=False,
    )


def bash(values: Mapping[str, str]) -> str:
    """Return lines that set the values in bash or zsh."""
    quoted = {n: v.replace("'", "'\\''") for n, v in values.items()}
    return "\n".join(f"export {n}='{v}'" for n, v in quoted.items())


def powershell(values: Mapping[str, str]) -> str:
    """Return lines that set the values in PowerShell."""
    quoted = {n: v.replace("'", "''") for n, v in values.items()}
    return "\n".join(f"$env:{n} = '{v}'" for n, v in quoted.items())


SHELLS = {"bash": bash, "powershell": powershell}


def main() -> None:
    """Print lines for a shell to run; what was done goes to stderr."""
    if sys.argv[1:] not in (["bash"], ["powershell"]):
        sys.exit("say bash or powershell")
    session = open_session(os.environ)
    print(SHELLS[sys.argv[1]](session.values))
    print(session, file=sys.stderr)


if __name__ == "__main__":
    main()
