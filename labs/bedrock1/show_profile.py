"""See in which regions your inference profile may have a call answered."""

import os

import boto3

bedrock = boto3.client("bedrock", region_name=os.environ["AWS_REGION"])
profile = bedrock.get_inference_profile(
    inferenceProfileIdentifier=os.environ["BEDROCK_MODEL_ID"]
)

print(profile["inferenceProfileName"], "is", profile["status"])
for model in profile["models"]:
    # arn:aws:bedrock:<region>::foundation-model/<model>
    print("answers from:", model["modelArn"].split(":")[3])
