"""A day with OpenAI's own client: chats, streams, tools, a schema, vectors; prints JSON."""

import asyncio
import json

import openai
from pydantic import BaseModel

CHAT, SMALL = "gpt-4o", "text-embedding-3-small"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class Party(BaseModel):
    """What a structured answer holds."""

    name: str
    guests: int


def user(text):
    """Return a message of the user."""
    return {"role": "user", "content": text}


def refused(error, call):
    """Return what an error of that kind tells of a call that is refused."""
    try:
        call()
    except error as e:
        return {"status": e.status_code, "code": e.code, "type": e.type, "message": e.message}
    raise SystemExit(f"{error.__name__} did not come")


async def stream_in_the_background():
    """Return a streamed text, from the asynchronous client."""
    async with openai.AsyncOpenAI() as client:
        stream = await client.chat.completions.create(
            model=CHAT, messages=[user("What is 2+3?")], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


client = openai.OpenAI(max_retries=0)
models = [model.id for model in client.models.list()]
one = client.models.retrieve(CHAT)

turns = [
    {"role": "system", "content": "Answer in one sentence."},
    user("My name is Rosa. Remember it."),
    {"role": "assistant", "content": "I will."},
    user("What is my name?"),
]
raw = client.chat.completions.with_raw_response.create(model=CHAT, messages=turns)
remembered = raw.parse()

stream = client.chat.completions.create(
    model=CHAT,
    messages=[user("What is 2+3?")],
    stream=True,
    stream_options={"include_usage": True},
)
chunks = list(stream)
pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]

asked = [user("What is the weather in Lisbon?")]
wish = client.chat.completions.create(model=CHAT, messages=asked, tools=[TOOL]).choices[0]
call = wish.message.tool_calls[0]
asked += [
    wish.message,
    {"role": "tool", "tool_call_id": call.id, "content": '{"sky": "clear", "degrees": 21}'},
]
told = client.chat.completions.create(model=CHAT, messages=asked, tools=[TOOL])
with client.chat.completions.stream(
    model=CHAT, messages=asked[:1], tools=[TOOL], tool_choice="required"
) as events:
    events.until_done()
    streamed_call = events.get_final_completion().choices[0].message.tool_calls[0]

party = client.chat.completions.parse(
    model=CHAT, messages=[user('"Summer ball" with 40 guests')], response_format=Party
)
vectors = client.embeddings.create(model=SMALL, input=["a pool", "a quiet sauna"])
plain = client.embeddings.create(model=SMALL, input="a pool", encoding_format="float", dimensions=8)

stranger = openai.OpenAI(api_key="sk-nobody-knows-this-one", max_retries=0)
print(
    json.dumps(
        {
            "version": openai.__version__,
            "models": models,
            "one": one.id,
            "name": remembered.choices[0].message.content,
            "request": raw.headers["x-request-id"],
            "usage": remembered.usage.model_dump(),
            "streamed": "".join(pieces),
            "stream_usage": chunks[-1].usage.total_tokens,
            "in_the_background": asyncio.run(stream_in_the_background()),
            "tool": {
                "finish": wish.finish_reason,
                "name": call.function.name,
                "input": json.loads(call.function.arguments),
            },
            "told": told.choices[0].message.content,
            "streamed_tool": json.loads(streamed_call.function.arguments),
            "party": party.choices[0].message.parsed.model_dump(),
            "dimensions": [len(one.embedding) for one in vectors.data],
            "short": len(plain.data[0].embedding),
            "refused": {
                "key": refused(openai.AuthenticationError, stranger.models.list),
                "model": refused(
                    openai.NotFoundError,
                    lambda: client.chat.completions.create(model="no-such", messages=asked[:1]),
                ),
                "temperature": refused(
                    openai.BadRequestError,
                    lambda: client.chat.completions.create(
                        model=CHAT, messages=asked[:1], temperature=3
                    ),
                ),
                "pictures": refused(
                    openai.InternalServerError,
                    lambda: client.images.generate(model="gpt-image-1", prompt="a pool"),
                ),
            },
        }
    )
)
