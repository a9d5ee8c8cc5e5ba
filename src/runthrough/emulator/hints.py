"""How to point clients at the emulator that the exports alone do not reach.

Source: facts/confluent-cloud-api.md 5. Printed by `runthrough emulate` on stderr; holds no secret.
"""

from __future__ import annotations

from runthrough.emulator.world import World


def client_hints(world: World, url: str) -> str:
    """Return the lines for a person who wants to use another client."""
    email = next((p.email for p in world.principals if p.password is not None), "")
    who = f"   # {email}, as exported" if email else "   # no user here can log in"
    cloud, region = world.cloud.lower(), world.region
    lines = {
        "confluent CLI": [
            f"confluent login --url {url}/cpdev.cloud{who}",
            "confluent configuration update disable_feature_flags true",
            f"confluent environment use {world.environment.id}",
            f"confluent flink region use --cloud {cloud} --region {region}",
            f"confluent flink endpoint use {url}",
        ],
        "Terraform": [
            f'provider "confluent" {{ endpoint = "{url}" }}   # keys as exported',
            "export TF_ACC=1   # the provider's waits shrink to a second",
        ],
        "dbt": [f"endpoint: {url}   # in the profile, not cloud_provider and cloud_region"],
        "MCP server": [
            f"--config FILE with endpoint: {url} in every block, and for kafka",
            "extra_properties: {security.protocol: plaintext}",
        ],
        "Bedrock API keys": [
            "export AWS_BEARER_TOKEN_BEDROCK=…   # aws.bedrock_keys of the world; with --tls alone",
        ],
        "requests": [f"curl {url}/_emulator/requests   # also /_emulator/faults, POST …/reset"],
    }
    width = max(map(len, lines)) + 2
    return "\n".join(
        f"  {(name if first else ''):<{width}}{line}"
        for name, group in lines.items()
        for first, line in zip([True] + [False] * len(group), group, strict=False)
    )
