"""A day with litellm: Converse and InvokeModel, a stream, a tool, an embedding; prints JSON."""

import json
import os

import litellm

MODEL = os.environ["BEDROCK_MODEL_ID"]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def ask(model, *texts, **options):
    roles = ("user", "assistant")
    turns = [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]
    return litellm.completion(model=model, messages=turns, **options)


remembered = ask(f"bedrock/{MODEL}", "My name is Rosa. Remember it.", "I will.", "What is my name?")
native = ask(f"bedrock/invoke/{MODEL}", "What is 2+3?", max_tokens=50)
stream = ask(f"bedrock/{MODEL}", "What is 2+3?", stream=True)
pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
wish = ask(
    f"bedrock/{MODEL}", "What is the weather in Lisbon?", tools=[TOOL], tool_choice="required"
)
call = wish.choices[0].message.tool_calls[0].function
vector = litellm.embedding(model="bedrock/amazon.titan-embed-text-v2:0", input=["a quiet room"])
print(
    json.dumps(
        {
            "name": remembered.choices[0].message.content,
            "usage": remembered.usage.total_tokens,
            "native": native.choices[0].message.content,
            "streamed": "".join(pieces),
            "tool": {"name": call.name, "input": json.loads(call.arguments)},
            "dimensions": len(vector.data[0]["embedding"]),
        }
    )
)
