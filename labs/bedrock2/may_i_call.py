"""Ask what stands between your account and a model."""

import os

import boto3

bedrock = boto3.client("bedrock", region_name=os.environ["AWS_REGION"])
_, _, base_id = os.environ["BEDROCK_MODEL_ID"].partition(".")  # no `us.`

answer = bedrock.get_foundation_model_availability(modelId=base_id)
print("in this region:", answer["regionAvailability"])
print("agreement:     ", answer["agreementAvailability"]["status"])
print("entitlement:   ", answer["entitlementAvailability"])
print("account:       ", answer["authorizationStatus"])
