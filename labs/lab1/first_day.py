"""Call a model on the first day of an account, and be patient."""

import json

import boto3
from workshop.patience import ask_patiently
from workshop.practice import emulator

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
FORM = {
    "companyName": "River Hotels",
    "companyWebsite": "https://river-hotels.example",
    "intendedUsers": "1",
    "industryOption": "Hospitality",
    "otherIndustryOption": "",
    "useCases": "Summaries of reviews.",
}

with emulator("new-account") as environ:
    keys = {
        "region_name": environ["AWS_REGION"],
        "aws_access_key_id": environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environ["AWS_SECRET_ACCESS_KEY"],
    }
    url = environ["AWS_ENDPOINT_URL_BEDROCK"]
    bedrock = boto3.client("bedrock", endpoint_url=url, **keys)
    url = environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
    runtime = boto3.client("bedrock-runtime", endpoint_url=url, **keys)

    try:
        ask_patiently(runtime, MODEL, pauses=())
    except TimeoutError as e:
        print("not yet:", e)

    bedrock.put_use_case_for_model_access(formData=json.dumps(FORM).encode())
    print("the form is filled in")
    print("answer:", ask_patiently(runtime, MODEL, pauses=(0.1,) * 5))
