"""Create a connection and forget to say where it leads."""

import os

from cli import confluent, signed_in

with signed_in():
    code, said = confluent(
        *("flink", "connection", "create", "openai-to-nowhere"),
        *("--type", "openai"),
        *("--api-key", os.environ["OPENAI_API_KEY"]),
    )
print(said)
print("exit code:", code)
