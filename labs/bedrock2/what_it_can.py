"""Ask the control plane what a model takes, what it gives, and how."""

import os

import boto3

bedrock = boto3.client("bedrock", region_name=os.environ["AWS_REGION"])
_, _, base_id = os.environ["BEDROCK_MODEL_ID"].partition(".")  # no `us.`

for model_id in (base_id, "amazon.titan-embed-text-v2:0"):
    answer = bedrock.get_foundation_model(modelIdentifier=model_id)
    model = answer["modelDetails"]
    print(model["modelName"], "by", model["providerName"])
    print("  takes:  ", ", ".join(model["inputModalities"]))
    print("  gives:  ", ", ".join(model["outputModalities"]))
    print("  streams:", model["responseStreamingSupported"])
