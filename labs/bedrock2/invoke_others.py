"""Ask models of three vendors the same, each in its own words."""

import json
import os

import boto3

QUESTION = "What is 19 + 23?"
BODIES = {
    "us.amazon.nova-2-lite-v1:0": {
        "messages": [{"role": "user", "content": [{"text": QUESTION}]}],
        "inferenceConfig": {"maxTokens": 500},
    },
    "mistral.mistral-large-3-675b-instruct": {
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": 500,
    },
    "openai.gpt-oss-20b-1:0": {
        "messages": [{"role": "user", "content": QUESTION}],
        "max_completion_tokens": 500,
    },
}


def text_of(answer):
    """Return the text of an answer, wherever its vendor puts it."""
    if "choices" in answer:  # Mistral AI, OpenAI
        return answer["choices"][0]["message"]["content"]
    return answer["output"]["message"]["content"][0]["text"]  # Amazon


runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for model_id, body in BODIES.items():
    response = runtime.invoke_model(modelId=model_id, body=json.dumps(body))
    answer = json.loads(response["body"].read())
    print(f"{model_id}\n  answers with: {', '.join(answer)}")
    print("  and says:", text_of(answer).strip())
