"""A day with Anthropic's own client of Bedrock: messages, a stream, a tool; prints JSON."""

import json
import os

import anthropic

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

client = anthropic.AnthropicBedrock(
    base_url=os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"], aws_region=os.environ["AWS_REGION"]
)
turns = [
    {"role": "user", "content": "My name is Rosa. Remember it."},
    {"role": "assistant", "content": "I will."},
    {"role": "user", "content": "What is my name?"},
]
remembered = client.messages.create(model=MODEL, max_tokens=50, messages=turns)
question = [{"role": "user", "content": "What is 2+3?"}]
with client.messages.stream(model=MODEL, max_tokens=50, messages=question) as stream:
    pieces = list(stream.text_stream)
    whole = stream.get_final_message()
asked = [{"role": "user", "content": "What is the weather in Lisbon?"}]
wish = client.messages.create(
    model=MODEL, max_tokens=200, messages=asked, tools=[TOOL], tool_choice={"type": "any"}
)
use = next(block for block in wish.content if block.type == "tool_use")
result = {"type": "tool_result", "tool_use_id": use.id, "content": "clear, 21 degrees"}
asked += [
    {"role": "assistant", "content": wish.content},
    {"role": "user", "content": [result]},
]
told = client.messages.create(model=MODEL, max_tokens=200, messages=asked, tools=[TOOL])
try:
    client.messages.create(model="us.anthropic.no-such-model", max_tokens=1, messages=question)
    refused = None
except anthropic.BadRequestError as e:
    refused = {"status": e.status_code, "text": str(e)}
print(
    json.dumps(
        {
            "name": remembered.content[0].text,
            "usage": [remembered.usage.input_tokens, remembered.usage.output_tokens],
            "streamed": "".join(pieces),
            "whole": whole.content[0].text,
            "tool": {"stop": wish.stop_reason, "name": use.name, "input": use.input},
            "told": told.content[0].text,
            "refused": refused,
        }
    )
)
