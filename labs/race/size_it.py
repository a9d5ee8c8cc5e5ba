"""Compare what a race asks of the model with what your account may ask."""

import os

import boto3

RACERS, SECONDS, PODIUM, TOKENS = 8, 60, 3, 220
MODEL = "Claude Sonnet 4.6"
PROFILES = "Cross-region model inference tokens"  # those of us. and eu.

quotas = boto3.client("service-quotas", region_name=os.environ["AWS_REGION"])
pages = quotas.get_paginator("list_service_quotas")
allowed = {
    quota["QuotaName"]: quota["Value"]
    for page in pages.paginate(ServiceCode="bedrock")
    for quota in page["Quotas"]
    if MODEL in quota["QuotaName"] and "per minute" in quota["QuotaName"]
}
if not allowed:
    raise SystemExit(f"This region has no quotas of {MODEL}.")
for name, value in sorted(allowed.items()):
    print(f"{value:>16,.0f}  {name}")

for what, racers in (("every message", RACERS), ("the podium", PODIUM)):
    calls = racers * SECONDS
    print(f"{what}: {calls} calls, {calls * TOKENS:,} tokens a minute")
most = max(
    (v for name, v in allowed.items() if name.startswith(PROFILES)), default=0
)
races = int(most // (PODIUM * SECONDS * TOKENS))
print("races at once, the podium only:", races)
