"""One function for every conversation that follows."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])


def user(text):
    """Return a message of yours."""
    return {"role": "user", "content": [{"text": text}]}


def assistant(text):
    """Return a message of the model's."""
    return {"role": "assistant", "content": [{"text": text}]}


def chat(messages, system=None, temperature=1.0, max_tokens=300):
    """Send a conversation and return the text of the model's answer."""
    request = {
        "modelId": os.environ["BEDROCK_MODEL_ID"],
        "messages": messages,
        "inferenceConfig": {
            "temperature": temperature,
            "maxTokens": max_tokens,
        },
    }
    if system is not None:  # a member that is there but empty is an error
        request["system"] = [{"text": system}]
    response = runtime.converse(**request)
    return response["output"]["message"]["content"][0]["text"]


if __name__ == "__main__":
    print(chat([user("What is 6 * 7?")]))
    print(chat([user("What is 6 * 7?")], system="Answer in French."))
