"""Take the token step twice, in an account of practice.

The first run exchanges long-term keys for a session; the second finds the
session and keeps it.
"""

from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError
from workshop.practice import emulator
from workshop.session import END, NAMES, SECONDS, open_session

with emulator("new-account") as environ:
    print("the key begins with", environ[NAMES[0]][:4])
    first = open_session(environ)
    print(f"asked for {SECONDS} s:", first)
    left = (first.ends - datetime.now(UTC)).total_seconds()
    print("it ends in about three hours:", 0 <= SECONDS - left < 300)
    print("values:", ", ".join(first.values))

    shell = environ | first.values | {END: first.ends.isoformat()}
    second = open_session(shell)
    print("second run:", second)
    print("the values are the same:", second.values == first.values)

    handed_out = environ | first.values  # without the time of their end
    print("from somebody else:", open_session(handed_out))

    sts = boto3.client(
        "sts",
        region_name=environ["AWS_REGION"],
        endpoint_url=environ["AWS_ENDPOINT_URL_STS"],
        **{name.lower(): value for name, value in first.values.items()},
    )
    print("both are of account", sts.get_caller_identity()["Account"])
    try:
        sts.get_session_token()
    except ClientError as e:
        print("a session for a session:", e.response["Error"]["Message"])
