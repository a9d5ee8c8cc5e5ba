"""Create a connection with the CLI, look at it, and delete it again."""

import os

from cli import confluent, signed_in

NAME = "openai-by-cli"

with signed_in():
    try:
        code, said = confluent(
            *("flink", "connection", "create", NAME),
            *("--type", "openai"),
            *("--endpoint", "https://api.openai.com/v1/chat/completions"),
            *("--api-key", os.environ["OPENAI_API_KEY"]),
        )
        print(said)
        print("exit code:", code)
    finally:
        confluent("flink", "connection", "delete", NAME, "--force")
