"""Which inference profile belongs to which region."""

PLACES = {"us": ("us",), "eu": ("eu",), "apac": ("apac", "au", "jp")}
"""A part of the world → the prefixes of profiles that route within it."""


def place(region: str) -> str:
    """Return the part of the world of a region: us, eu, or else apac."""
    first = region.partition("-")[0]
    return first if first in ("us", "eu") else "apac"


def profile_id(model_id: str, region: str) -> str:
    """Return the profile of a model for a region."""
    return f"{place(region)}.{model_id}"


def profile_problem(model_id: str, region: str) -> str:
    """Say what is wrong with a model's id in a region, or nothing."""
    first = model_id.partition(".")[0]
    if first == "anthropic":
        wanted = profile_id(model_id, region)
        return f"has no prefix: newer models want a profile, {wanted}"
    elsewhere = [p for names in PLACES.values() for p in names]
    if first in elsewhere and first not in PLACES[place(region)]:
        return f"begins with {first}., which is not for {region}"
    return ""


def region_problem(endpoint: str, pool_region: str) -> str:
    """Say whether a connection's endpoint is in the pool's region."""
    host = endpoint.split("/")[2]
    region = host.removeprefix("bedrock-runtime.").partition(".")[0]
    if region == pool_region:
        return ""
    return (
        f"the endpoint is in {region}, the compute pool in {pool_region}:"
        " a connection works in the region of its pool only"
    )
