"""Environments (org/v2).

Sources: facts/confluent-cloud-api.md 3.1 (the object), 1.6 (a deleted one is 404), 6 (the quota).
"""

from __future__ import annotations

from runthrough.emulator.confluent.account.records import Environment
from runthrough.emulator.confluent.bodies import read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.control_plane.bodies import (
    EnvironmentPatch,
    EnvironmentPost,
    Governance,
)
from runthrough.emulator.confluent.envelope import (
    Json,
    created,
    environment_crn,
    head,
    listing,
    matches,
    metadata,
)
from runthrough.emulator.confluent.http import Call, Reply, reply
from runthrough.emulator.confluent.sights import Sight


def list_environments(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/environments: those the caller may see."""
    wanted, sight = matches(call, "display_name"), Sight(cloud, call)
    found = [
        environment
        for environment in cloud.account.environments()
        if wanted(environment.display_name) and sight.environment(environment.id)
    ]
    return listing(call, "org/v2", "Environment", [_render(cloud, call, e) for e in found])


def get_environment(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/environments/{environment}."""
    return reply(_render(cloud, call, cloud.account.environment(call.params["environment"])))


def create_environment(cloud: Cloud, call: Call) -> Reply:
    """POST /org/v2/environments."""
    body = read_body(call, EnvironmentPost)
    made = cloud.account.create_environment(
        body.display_name, _package(body.stream_governance_config)
    )
    return created(_render(cloud, call, made), f"{call.url}/{made.id}")


def update_environment(cloud: Cloud, call: Call) -> Reply:
    """PATCH /org/v2/environments/{environment}: name and Stream Governance package."""
    body = read_body(call, EnvironmentPatch)
    changed = cloud.account.change_environment(
        call.params["environment"],
        display_name=body.display_name,
        package=_package(body.stream_governance_config),
    )
    return reply(_render(cloud, call, changed))


def delete_environment(cloud: Cloud, call: Call) -> Reply:
    """DELETE /org/v2/environments/{environment}."""
    cloud.account.delete_environment(call.params["environment"])
    cloud.integrations.leave(call.params["environment"])
    cloud.planes.close_environment(call.params["environment"])
    return Reply(204)


def _package(sent: Governance | None) -> str | None:
    return None if sent is None else sent.package


def _render(cloud: Cloud, call: Call, environment: Environment) -> Json:
    """Return an environment; Terraform waits for a registry where it says that it is governed."""
    body = {
        **head("org/v2", "Environment", environment.id),
        "display_name": environment.display_name,
        "metadata": metadata(
            cloud,
            call,
            f"/org/v2/environments/{environment.id}",
            environment_crn(cloud, environment.id),
            created=environment.created_at,
            updated=environment.updated_at,
        ),
    }
    if environment.package is not None:
        body["stream_governance_config"] = {"package": environment.package}
    return body
