"""Where things can be, and the regions of Flink (fcpm/v2).

Source: facts/confluent-cloud-api.md 3.3 (Terraform's data source demands exactly one hit).
"""

from __future__ import annotations

from runthrough.emulator.confluent.bodies import invalid
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import Json, head, listing, matches
from runthrough.emulator.confluent.http import Call, Reply
from runthrough.emulator.confluent.refusals import not_emulated


def list_regions(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/regions?cloud=&region_name=."""
    in_cloud, named = matches(call, "cloud", ignore_case=True), matches(call, "region_name")
    found = [
        _render(cloud, call, region)
        for region in cloud.world.regions
        if in_cloud(cloud.world.cloud) and named(region)
    ]
    return listing(call, "fcpm/v2", "Region", found)


def check_region(cloud: Cloud, provider: str, region: str) -> None:
    """Check where a new cluster or pool is to be.

    Raises:
        Refusal: 501 another cloud provider than the world's; 422 no region of it.
    """
    if provider != cloud.world.cloud:
        raise not_emulated(f"{provider} beside {cloud.world.cloud}", "/spec/cloud")
    if region not in cloud.world.regions:
        raise invalid(f"{provider} has no region {region} here", "/spec/region")


def _render(cloud: Cloud, call: Call, region: str) -> Json:
    return {
        **head("fcpm/v2", "Region", f"{cloud.world.cloud.lower()}.{region}"),
        "metadata": {"self": ""},
        "cloud": cloud.world.cloud,
        "region_name": region,
        "display_name": region,
        "http_endpoint": call.base_url,
        "private_http_endpoint": "",
    }
