"""Name the inference profile of a model for a region."""

import os

from workshop.regions import profile_id, profile_problem

MODEL = "anthropic.claude-sonnet-4-6"

for region in ("us-west-2", "eu-west-1", "ap-south-1"):
    print(region, "->", profile_id(MODEL, region))

mine, here = os.environ["BEDROCK_MODEL_ID"], os.environ["AWS_REGION"]
print(f"{mine} in {here}:", profile_problem(mine, here) or "they fit")
print("us-east-1 with eu.:", profile_problem(f"eu.{MODEL}", "us-east-1"))
