"""Break one value after the other and see what the preflight says."""

from workshop.module import read_hcl
from workshop.preflight import problems

GOOD = """
prefix                     = "neo"
cloud_region               = "us-east-1"
confluent_cloud_api_key    = "ABCDEFGHIJKLMNOP"
confluent_cloud_api_secret = "not-a-secret-but-as-long-as-one-is"
aws_bedrock_anthropic_model_id = "us.anthropic.claude-sonnet-4-6"
"""
BROKEN = [
    ("all as it should be", GOOD),
    ("Windows line endings", GOOD.replace("\n", "\r\n")),
    ("a blank after the key", GOOD.replace("MNOP", "MNOP ")),
    ("a key of a cluster's length", GOOD.replace("MNOP", "MNO")),
    ("a long prefix", GOOD.replace("neo", "neo-and-friends")),
    ("a region of nowhere", GOOD.replace("us-east-1", "us-east-9")),
    ("a profile of Europe", GOOD.replace('"us.anth', '"eu.anth')),
    ("no prefix at all", GOOD.replace('"us.anth', '"anth')),
    ("a misspelt name", GOOD.replace("cloud_region ", "cloud_regoin ")),
    ("a number in quotes", GOOD + 'max_cfu = "20"'),
    ("Bedrock without keys", GOOD + "enable_bedrock = true"),
]

for what, text in BROKEN:
    found = list(problems(read_hcl(text), {"AWS_REGION": "us-east-1"}))
    print(what + ":", *(found or ["ready"]), sep="\n  ")

elsewhere = list(problems(read_hcl(GOOD), {"AWS_REGION": "us-west-2"}))
print("AWS_REGION is another:", *elsewhere, sep="\n  ")
