"""A day with models of all vendors, through langchain-aws and litellm; prints one JSON object.

The clients write every vendor's body and read every vendor's answer themselves.
"""

import base64
import json

import litellm
from langchain_aws import BedrockEmbeddings, BedrockLLM, ChatBedrock, ChatBedrockConverse
from langchain_core.tools import tool

ASKED = "What is 1+1?"
COMPLETES = [
    "amazon.titan-text-express-v1",
    "cohere.command-text-v14",
    "meta.llama3-8b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "us.deepseek.r1-v1:0",
]
CHATS = ["meta.llama3-8b-instruct-v1:0", "qwen.qwen3-32b-v1:0"]
CONVERSES = [
    "ai21.jamba-1-5-mini-v1:0",
    "amazon.nova-lite-v1:0",
    "cohere.command-r-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "openai.gpt-oss-20b-1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
]
INVOKED = [
    "bedrock/ai21.j2-mid-v1",
    "bedrock/invoke/amazon.nova-lite-v1:0",
    "bedrock/invoke/amazon.titan-text-express-v1",
    "bedrock/invoke/cohere.command-text-v14",
    "bedrock/invoke/meta.llama3-8b-instruct-v1:0",
    "bedrock/invoke/mistral.mistral-7b-instruct-v0:2",
]
EMBEDS = ["amazon.titan-embed-text-v1", "cohere.embed-english-v3", "us.cohere.embed-v4:0"]
DRAWS = [
    ("amazon.titan-image-generator-v1", "us-east-1"),
    ("amazon.nova-canvas-v1:0", "us-east-1"),
    ("stability.stable-diffusion-xl-v1", "us-east-1"),
    ("stability.sd3-5-large-v1:0", "us-west-2"),
]


@tool
def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"clear in {city}"


def ask(model: str) -> str:
    """Ask through litellm."""
    messages = [{"role": "user", "content": ASKED}]
    reply = litellm.completion(
        model=model, messages=messages, max_tokens=50, aws_region_name="us-east-1"
    )
    return str(reply.choices[0].message.content)


def paint(model: str, region: str) -> str:
    """Draw through litellm; return the beginning of the file."""
    reply = litellm.image_generation(
        model=f"bedrock/{model}", prompt="a lighthouse", aws_region_name=region
    )
    return base64.b64decode(reply.data[0].b64_json)[1:4].decode()


def wish(model: str) -> list[object]:
    """Return the tool calls a model makes."""
    chat = ChatBedrockConverse(model=model).bind_tools([get_weather])
    return [call["args"] for call in chat.invoke("What is the weather in Lisbon?").tool_calls]


completed = {m: BedrockLLM(model_id=m, region_name="us-east-1").invoke(ASKED) for m in COMPLETES}
streamed = {
    m: "".join(BedrockLLM(model_id=m, streaming=True, region_name="us-east-1").stream(ASKED))
    for m in COMPLETES
}
chats = {
    m: str(ChatBedrock(model_id=m, beta_use_converse_api=False).invoke(ASKED).text) for m in CHATS
}
print(
    json.dumps(
        {
            "completed": completed,
            "streamed": streamed,
            "chats": chats,
            "invoked": {m: ask(m) for m in INVOKED},
            "tools": {m: wish(m) for m in CONVERSES},
            "sizes": {m: len(BedrockEmbeddings(model_id=m).embed_query("a room")) for m in EMBEDS},
            "drawn": {m: paint(m, region) for m, region in DRAWS},
        }
    )
)
