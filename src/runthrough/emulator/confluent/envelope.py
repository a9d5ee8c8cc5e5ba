"""The envelope of control plane objects: heads, metadata, CRNs, lists and their refusals.

Sources: facts/confluent-cloud-api.md 1.3 (envelopes), 1.4 (lists), 1.6 (errors), 1.7 (CRNs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, page, reply, timestamp
from runthrough.emulator.confluent.refusals import forbidden, not_found

__all__ = [
    "Json",
    "check_environment",
    "created",
    "crn",
    "environment_crn",
    "environment_reference",
    "forbidden",
    "head",
    "listing",
    "matches",
    "metadata",
    "not_found",
    "require_environment",
]

Json = dict[str, object]


def crn(cloud: Cloud) -> str:
    """Return the CRN of the organization, the beginning of most others (facts 1.7)."""
    return f"crn://confluent.cloud/organization={cloud.account.organization.id}"


def environment_crn(cloud: Cloud, environment_id: str | None = None) -> str:
    """Return the CRN of an environment; None = the one the cloud is seen from."""
    return f"{crn(cloud)}/environment={environment_id or cloud.environment_id}"


def environment_reference(cloud: Cloud, call: Call, environment_id: str | None = None) -> Json:
    """Return how other objects refer to an environment; None = the one the cloud is seen from."""
    environment = environment_id or cloud.environment_id
    return {
        **head("org/v2", "Environment", environment),
        "related": f"{call.base_url}/org/v2/environments/{environment}",
        "resource_name": environment_crn(cloud, environment),
    }


def check_environment(cloud: Cloud, environment: str) -> None:
    """Check an environment id. Raises Refusal (404) where there is none."""
    cloud.account.environment(environment)


def require_environment(cloud: Cloud, call: Call) -> str:
    """Return the environment of `?environment=`: scoped kinds need it, lists too (facts 3).

    Raises:
        Refusal: 400 it is missing; 404 there is none of that id.
    """
    environment = call.query.get("environment", "")
    if not environment:
        raise Refusal(
            400,
            "the query parameter environment is required",
            code="invalid_filter",
            pointer="environment",
        )
    check_environment(cloud, environment)
    return environment


def matches(call: Call, name: str, *, ignore_case: bool = False) -> Callable[[object], bool]:
    """Return whether a value fits a query parameter; a missing one fits all."""
    wanted = call.query.get(name, "")
    fold = str.lower if ignore_case else str

    def fits(value: object) -> bool:
        return not wanted or fold(str(value)) == fold(wanted)

    return fits


def head(api_version: str, kind: str, identifier: str) -> Json:
    """Return the fields every object begins with."""
    return {"api_version": api_version, "kind": kind, "id": identifier}


def metadata(
    cloud: Cloud,
    call: Call,
    path: str,
    resource_name: str,
    *,
    created: datetime | None = None,
    updated: datetime | None = None,
) -> Json:
    """Return the metadata of an object; without times it is there since the world began."""
    created = created or cloud.started
    return {
        "self": call.base_url + path,
        "resource_name": resource_name,
        "created_at": timestamp(created),
        "updated_at": timestamp(updated or created),
    }


def created(body: Mapping[str, object], address: str, status: int = 201) -> Reply:
    """Return the answer of a creation, which says where the new object is (facts 1.5)."""
    return replace(reply(body, status), headers={"Location": address})


def listing(call: Call, version: str, kind: str, items: Sequence[Mapping[str, object]]) -> Reply:
    """Return one page of a list in the control plane's envelope, by id (facts 1.4)."""
    ordered = sorted(items, key=lambda item: str(item["id"]))
    kept, following = page(ordered, call, key=lambda item: str(item["id"]))
    return listed(call, version, kind, kept, following=following, total=len(items))


def listed(
    call: Call,
    version: str,
    kind: str,
    kept: Sequence[Mapping[str, object]],
    *,
    following: str,
    total: int,
) -> Reply:
    """Return a page, already cut, in the control plane's envelope (facts 1.4).

    The addresses of pages there are none of are left out: mcp-confluent refuses an empty text
    there, Terraform a null, and all clients read a missing `next` as the end.
    """
    about: Json = {"first": call.url, "total_size": total}
    if following:
        about["next"] = following
    return reply(
        {"api_version": version, "kind": f"{kind}List", "metadata": about, "data": list(kept)}
    )
