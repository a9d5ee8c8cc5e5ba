"""A day with langchain-aws: both chats, a stream, a tool, an embedding; prints one JSON object."""

import json
import os

from langchain_aws import BedrockEmbeddings, ChatBedrock, ChatBedrockConverse
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool

MODEL = os.environ["BEDROCK_MODEL_ID"]


@tool
def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"clear in {city}"


chat = ChatBedrockConverse(model=MODEL, max_tokens=100)
remembered = chat.invoke(
    [
        SystemMessage("Answer in one sentence."),
        HumanMessage("My name is Rosa. Remember it."),
        AIMessage("I will."),
        HumanMessage("What is my name?"),
    ]
)
pieces = [str(piece.text) for piece in chat.stream("What is 2+3?")]
wish = chat.bind_tools([get_weather], tool_choice="any").invoke("What is the weather in Lisbon?")
native = ChatBedrock(model=MODEL, provider="anthropic", max_tokens=100)
said = native.invoke("What is 2+3?")
streamed = [str(piece.text) for piece in native.stream("What is 2+3?")]
vectors = BedrockEmbeddings(model_id="amazon.titan-embed-text-v2:0")
print(
    json.dumps(
        {
            "name": str(remembered.text),
            "usage": dict(remembered.usage_metadata),
            "streamed": "".join(pieces),
            "tool": [{"name": c["name"], "input": c["args"]} for c in wish.tool_calls],
            "native": str(said.text),
            "native_usage": dict(said.usage_metadata),
            "native_streamed": "".join(streamed),
            "dimensions": [len(v) for v in vectors.embed_documents(["a room", "a view"])],
        }
    )
)
