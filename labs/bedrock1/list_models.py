"""List Anthropic's models in your region, and look up the one you call."""

import os

import boto3

bedrock = boto3.client("bedrock", region_name=os.environ["AWS_REGION"])
chosen = os.environ["BEDROCK_MODEL_ID"].split(".", 1)[
    1
]  # without `us.`, `eu.` or `global.`

for model in bedrock.list_foundation_models(byProvider="Anthropic")[
    "modelSummaries"
]:
    called = " or ".join(model["inferenceTypesSupported"])
    print(
        f"{model['modelId']:45} {model['modelLifecycle']['status']:7} {called}"
    )

details = bedrock.get_foundation_model(modelIdentifier=chosen)["modelDetails"]
print("Your model is", details["modelLifecycle"]["status"])
