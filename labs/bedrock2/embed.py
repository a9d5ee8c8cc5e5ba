"""Turn sentences into numbers, and see which of them are neighbours."""

import json
import math
import os

import boto3

MODEL = "amazon.titan-embed-text-v2:0"
SENTENCES = [
    "Breakfast was fresh and the coffee was strong.",
    "The coffee at breakfast was strong and fresh.",
    "There is no place to park a car.",
]

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])


def embed(text):
    """Return the vector of a text."""
    body = {"inputText": text, "dimensions": 256}
    response = runtime.invoke_model(modelId=MODEL, body=json.dumps(body))
    return json.loads(response["body"].read())["embedding"]


def cosine(one, other):
    """Return 1 for the same direction and 0 for nothing in common."""
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


first, second, third = [embed(sentence) for sentence in SENTENCES]
print("numbers in a vector:", len(first))
print(f"breakfast and breakfast: {cosine(first, second):.2f}")
print(f"breakfast and parking:   {cosine(first, third):.2f}")
nearer = cosine(first, second) > cosine(first, third)
print("The two about breakfast are nearer:", nearer)
