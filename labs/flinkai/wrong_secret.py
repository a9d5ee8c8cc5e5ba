"""Create a connection to Bedrock with a key such as OpenAI has."""

import os

from cli import confluent, signed_in

HOST = f"https://bedrock-runtime.{os.environ['AWS_REGION']}.amazonaws.com"

with signed_in():
    code, said = confluent(
        *("flink", "connection", "create", "bedrock-with-a-wrong-key"),
        *("--type", "bedrock"),
        *("--endpoint", f"{HOST}/model/a-model/invoke"),
        *("--api-key", "no-key-at-all"),
    )
print(said)
print("exit code:", code)
