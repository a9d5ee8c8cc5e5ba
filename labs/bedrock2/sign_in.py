"""See where boto3 looks for keys, which it found, and whose they are."""

import os

import boto3
import botocore.session

found = boto3.Session().get_credentials()
if found is None:
    raise SystemExit("boto3 finds no AWS keys, only an API key at most")
sts = boto3.client("sts", region_name=os.environ["AWS_REGION"])
chain = botocore.session.get_session().get_component("credential_provider")

print("boto3 looks here, in this order:")
for provider in chain.providers:
    mark = "->" if found.method == provider.METHOD else "  "
    print(mark, provider.METHOD)

kinds = {"AKIA": "long-term", "ASIA": "temporary"}
kind = kinds.get(found.access_key[:4], "of another kind")
print("The keys are", kind)
# arn:aws:iam::<account>:user/<name> or …:assumed-role/<role>/<session>
identity = sts.get_caller_identity()["Arn"].split(":")[5]
print("They belong to:", identity.split("/")[0])
print("A Bedrock API key is set:", "AWS_BEARER_TOKEN_BEDROCK" in os.environ)
