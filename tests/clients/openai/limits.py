"""Ask until a rate limit says no, then let the client wait and ask again; prints JSON."""

import json

import openai

ASK = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}

impatient = openai.OpenAI(max_retries=0)
answered, refusal = 0, None
while refusal is None:
    try:
        impatient.chat.completions.create(**ASK)
        answered += 1
    except openai.RateLimitError as e:
        refusal = e
patient = openai.OpenAI(max_retries=2)
waited = patient.chat.completions.create(**ASK).choices[0].message.content
headers = refusal.response.headers
print(
    json.dumps(
        {
            "answered": answered,
            "type": refusal.type,
            "code": refusal.code,
            "retry_after_ms": int(headers["retry-after-ms"]),
            "limit": headers["x-ratelimit-limit-requests"],
            "waited": waited,
        }
    )
)
