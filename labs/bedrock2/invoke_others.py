"""Ask models of four vendors the same, each in its own words."""

import json
import os

import boto3

QUESTION = "What is 19 + 23?"
MESSAGES = [{"role": "user", "content": QUESTION}]
LLAMA_PROMPT = (
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
    f"{QUESTION}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)
BODIES = {
    "us.amazon.nova-lite-v1:0": {
        "messages": [{"role": "user", "content": [{"text": QUESTION}]}],
        "inferenceConfig": {"maxTokens": 100},
    },
    "us.meta.llama3-3-70b-instruct-v1:0": {
        "prompt": LLAMA_PROMPT,
        "max_gen_len": 100,
    },
    "mistral.mistral-large-3-675b-instruct": {
        "messages": MESSAGES,
        "max_tokens": 100,
    },
    "openai.gpt-oss-20b-1:0": {
        "messages": MESSAGES,
        "max_completion_tokens": 100,
    },
}


def text_of(answer):
    """Return the text of an answer, wherever its vendor puts it."""
    if "generation" in answer:  # Meta
        return answer["generation"]
    if "choices" in answer:  # Mistral AI, OpenAI
        return answer["choices"][0]["message"]["content"]
    return answer["output"]["message"]["content"][0]["text"]  # Amazon


runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for model_id, body in BODIES.items():
    response = runtime.invoke_model(modelId=model_id, body=json.dumps(body))
    answer = json.loads(response["body"].read())
    print(f"{model_id}\n  answers with: {', '.join(answer)}")
    print("  and says:", text_of(answer).strip())
