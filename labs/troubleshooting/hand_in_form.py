"""Hand in Anthropic's use-case form, and ask again until it counts."""

import json
import os
import time

import boto3
from botocore.exceptions import ClientError

REGION = os.environ["AWS_REGION"]
control = boto3.client("bedrock", region_name=REGION)
runtime = boto3.client("bedrock-runtime", region_name=REGION)

FORM = {
    "companyName": "River Hotels",
    "companyWebsite": "https://example.com",
    "intendedUsers": "0",
    "industryOption": "Education",
    "otherIndustryOption": "",
    "useCases": "A workshop: one sentence about what guests say.",
}
control.put_use_case_for_model_access(formData=json.dumps(FORM).encode())
print("The form is handed in.")

for _ in range(15):
    try:
        answer = runtime.converse(
            modelId=os.environ["BEDROCK_MODEL_ID"],
            messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
        )
        print("The model answers:", answer["stopReason"])
        break
    except ClientError as error:
        print(error.response["Error"]["Code"], "- asking again in a minute")
        time.sleep(60)
