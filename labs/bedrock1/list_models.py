"""List Anthropic's models in your region, and look up the one you call."""

import os

import boto3

bedrock = boto3.client("bedrock", region_name=os.environ["AWS_REGION"])

answer = bedrock.list_foundation_models(byProvider="Anthropic")
for model in answer["modelSummaries"]:
    status = model["modelLifecycle"]["status"]
    called = ", ".join(model["inferenceTypesSupported"])
    print(f"{status:7} {model['modelId']} ({called})")

_, _, base_id = os.environ["BEDROCK_MODEL_ID"].partition(".")  # no `us.`
model = bedrock.get_foundation_model(modelIdentifier=base_id)
print("Your model is", model["modelDetails"]["modelLifecycle"]["status"])
