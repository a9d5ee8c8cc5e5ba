"""A day with boto3, any version: a conversation, a stream, a tool call, an embedding.

Runs in a Python of its own; prints what came back as one JSON object.
"""

import json
import os

import boto3

MODEL = os.environ["BEDROCK_MODEL_ID"]
WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "The city's name."}},
                "required": ["city"],
            }
        },
    }
}


def user(text):
    return {"role": "user", "content": [{"text": text}]}


runtime = boto3.client("bedrock-runtime")
turns = [user("My name is Rosa. Remember it.")]
first = runtime.converse(modelId=MODEL, messages=turns)
turns += [first["output"]["message"], user("What is my name?")]
second = runtime.converse(modelId=MODEL, messages=turns)

stream = runtime.converse_stream(modelId=MODEL, messages=[user("What is 2+3?")])["stream"]
events = list(stream)
pieces = [e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e]

asked = [user("What is the weather in Lisbon?")]
config = {"tools": [WEATHER], "toolChoice": {"any": {}}}
wish = runtime.converse(modelId=MODEL, messages=asked, toolConfig=config)
use = next(b["toolUse"] for b in wish["output"]["message"]["content"] if "toolUse" in b)
given = {"toolUseId": use["toolUseId"], "content": [{"json": {"sky": "clear", "celsius": 21}}]}
asked += [wish["output"]["message"], {"role": "user", "content": [{"toolResult": given}]}]
told = runtime.converse(modelId=MODEL, messages=asked, toolConfig={"tools": [WEATHER]})

body = json.dumps({"inputText": "a quiet room"})
vector = runtime.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)
native = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 30,
        "messages": [{"role": "user", "content": "What is 2+3?"}],
    }
)
chunks = runtime.invoke_model_with_response_stream(modelId=MODEL, body=native)["body"]
print(
    json.dumps(
        {
            "version": boto3.__version__,
            "name": second["output"]["message"]["content"][0]["text"],
            "usage": second["usage"],
            "events": [next(iter(event)) for event in events],
            "streamed": "".join(pieces),
            "tool": {"stop": wish["stopReason"], "name": use["name"], "input": use["input"]},
            "told": told["output"]["message"]["content"][0]["text"],
            "dimensions": len(json.loads(vector["body"].read())["embedding"]),
            "native": [json.loads(one["chunk"]["bytes"])["type"] for one in chunks],
        }
    )
)
