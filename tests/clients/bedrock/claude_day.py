"""What Claude can do beyond a talk, by three clients: thoughts, several tools, pictures, caching.

Prints one JSON object.
"""

import base64
import json
import os
import struct
import zlib

import anthropic
import litellm
from langchain_aws import ChatBedrock, ChatBedrockConverse
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from pydantic import BaseModel

MODEL = os.environ["BEDROCK_MODEL_ID"]
TOOL = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
RULES = "Every guest is greeted by name. " * 300
QUESTION = "Compare the weather in Lisbon and Porto."


class Trip(BaseModel):
    """A trip."""

    city: str
    days: int


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"clear in {city}"


def picture() -> str:
    """Return a picture of two by two pixels in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        written = kind + data
        return struct.pack(">I", len(data)) + written + struct.pack(">I", zlib.crc32(written))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0\0\xff" * 2)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + head + rows).decode()


def talk_with_anthropic() -> dict[str, object]:
    """Think, use two tools, send the thought back, look at a picture, write and read the cache."""
    client = anthropic.AnthropicBedrock(
        base_url=os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"], aws_region=os.environ["AWS_REGION"]
    )
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked = {"model": MODEL, "max_tokens": 3000, "tools": [TOOL], "thinking": thinking}
    turns = [{"role": "user", "content": QUESTION}]
    with client.messages.stream(messages=turns, **asked) as stream:
        wish = stream.get_final_message()
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": f"clear in {block.input}"}
        for block in wish.content
        if block.type == "tool_use"
    ]
    turns += [{"role": "assistant", "content": wish.content}, {"role": "user", "content": results}]
    told = client.messages.create(messages=turns, **asked)
    source = {"type": "base64", "media_type": "image/png", "data": picture()}
    looked = [{"type": "image", "source": source}, {"type": "text", "text": "What is 2+3?"}]
    system = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
    seen = [
        client.messages.create(
            model=MODEL,
            max_tokens=50,
            system=system,
            messages=[{"role": "user", "content": looked}],
        )
        for _ in range(2)
    ]
    parsed = client.messages.parse(
        model=MODEL,
        max_tokens=100,
        messages=[{"role": "user", "content": "I go to Porto for 3 days."}],
        output_format=Trip,
    )
    text = {"type": "text", "media_type": "text/plain", "data": "Porto is dry. Lisbon is windy."}
    guide = {"type": "document", "source": text, "citations": {"enabled": True}}
    asking = [guide, {"type": "text", "text": "Is Lisbon windy?"}]
    with client.messages.stream(
        model=MODEL, max_tokens=50, messages=[{"role": "user", "content": asking}]
    ) as stream:
        cited = stream.get_final_message()
    return {
        "cited": [one.cited_text for block in cited.content for one in block.citations or ()],
        "kinds": [block.type for block in wish.content],
        "told": told.content[-1].text,
        "seen": seen[0].content[0].text,
        "written": seen[0].usage.cache_creation_input_tokens,
        "read": seen[1].usage.cache_read_input_tokens,
        "parsed": parsed.parsed_output.model_dump(),
    }


def talk_with_langchain(chat: type) -> dict[str, object]:
    """Use two tools, answer in a structure, write and read the cache."""
    tools = chat(model=MODEL).bind_tools([get_weather])
    turns = [HumanMessage(QUESTION)]
    turns.append(tools.invoke(turns))
    turns += [
        ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])
        for call in turns[-1].tool_calls
    ]
    block = {"type": "text", "text": f"{chat.__name__}: {RULES}"}
    if chat is ChatBedrockConverse:
        system = [block, {"cachePoint": {"type": "default"}}]
    else:
        system = [{**block, "cache_control": {"type": "ephemeral"}}]
    greeting = [SystemMessage(system), HumanMessage("hi")]
    cached = [chat(model=MODEL).invoke(greeting) for _ in range(2)]
    trip = chat(model=MODEL).with_structured_output(Trip).invoke("I go to Porto for 3 days.")
    return {
        "told": str(tools.invoke(turns).text),
        "read": [one.usage_metadata["input_token_details"]["cache_read"] for one in cached],
        "parsed": trip.model_dump(),
    }


def talk_with_litellm(route: str) -> dict[str, object]:
    """Think, and answer in a structure."""
    question = [{"role": "user", "content": "I go to Porto for 3 days."}]
    thought = litellm.completion(model=f"{route}{MODEL}", messages=question, reasoning_effort="low")
    trip = litellm.completion(model=f"{route}{MODEL}", messages=question, response_format=Trip)
    return {
        "thought": thought.choices[0].message.reasoning_content,
        "parsed": json.loads(trip.choices[0].message.content),
    }


print(
    json.dumps(
        {
            "anthropic": talk_with_anthropic(),
            "converse": talk_with_langchain(ChatBedrockConverse),
            "native": talk_with_langchain(ChatBedrock),
            "litellm": [talk_with_litellm("bedrock/"), talk_with_litellm("bedrock/invoke/")],
        }
    )
)
