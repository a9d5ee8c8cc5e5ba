"""What a world file says about identities, as the parts of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from runthrough.emulator.confluent.identity.crns import below, organization_crn
from runthrough.emulator.confluent.identity.parts import ApiKey, Principal, Resource, RoleBinding
from runthrough.emulator.confluent.identity.roles import ROLES
from runthrough.emulator.world import ConfluentKey, World
from runthrough.emulator.world import Principal as WorldPrincipal
from runthrough.errors import EmulatorError


@dataclass(frozen=True)
class Start:
    """What exists before the first request."""

    principals: tuple[Principal, ...]
    keys: tuple[ApiKey, ...]
    bindings: tuple[RoleBinding, ...]


def seed(world: World, now: datetime) -> Start:
    """Return the identities of a world.

    Raises:
        EmulatorError: a key or a role binding names a principal or a role that is not there.
    """
    _check(world)
    return Start(
        principals=tuple(_principal(principal, now) for principal in world.principals),
        keys=tuple(_key(world, key, now) for key in world.keys),
        bindings=tuple(_bindings(world, now)),
    )


def _check(world: World) -> None:
    principals = {principal.id for principal in world.principals}
    for key in world.keys:
        if key.owner not in principals:
            raise EmulatorError(f"keys: {key.id} belongs to {key.owner}, which is no principal")
    for binding in world.role_bindings or ():
        if binding.principal not in principals:
            raise EmulatorError(
                f"role_bindings: {binding.id} is of {binding.principal}, which is no principal"
            )
        if binding.role_name not in ROLES:
            raise EmulatorError(
                f"role_bindings: {binding.id} names the role {binding.role_name}; the roles are"
                f" {', '.join(sorted(ROLES))}"
            )


def region_id(world: World) -> str:
    """Return the id of the region Flink runs in: `aws.us-east-1`."""
    return f"{world.cloud.lower()}.{world.region}"


def _principal(principal: WorldPrincipal, now: datetime) -> Principal:
    return Principal(
        id=principal.id,
        kind=principal.kind,
        name=principal.name,
        email=principal.email,
        password=principal.password,
        created_at=now,
        updated_at=now,
    )


def _key(world: World, key: ConfluentKey, now: datetime) -> ApiKey:
    return ApiKey(
        id=key.id,
        secret=key.secret,
        owner=key.owner,
        resource=_resource(world, key),
        created_at=now,
        updated_at=now,
        name=key.scope,
    )


def _resource(world: World, key: ConfluentKey) -> Resource:
    """Return what a key opens; the world's only one of its kind where the key names none."""
    own = {
        "kafka": world.cluster.id,
        "schema-registry": world.schema_registry.id,
        "flink": region_id(world),
    }
    if key.scope not in own:
        return Resource(key.scope, key.scope)
    environment = key.environment or world.environment.id
    return Resource(key.scope, key.resource or own[key.scope], environment)


def _bindings(world: World, now: datetime) -> Sequence[RoleBinding]:
    """Return the world's role bindings.

    Without any, users administer the organization and service accounts the environment.
    """
    organization = organization_crn(world.organization.id)
    if world.role_bindings is None:
        environment = below(organization, ("environment", world.environment.id))
        return [
            RoleBinding(
                id=f"rb-{principal.id.partition('-')[2]}",
                principal=principal.id,
                role="OrganizationAdmin" if principal.kind == "User" else "EnvironmentAdmin",
                crn=organization if principal.kind == "User" else environment,
                created_at=now,
            )
            for principal in world.principals
        ]
    return [
        RoleBinding(
            id=binding.id,
            principal=binding.principal,
            role=binding.role_name,
            crn=binding.crn_pattern,
            created_at=now,
        )
        for binding in world.role_bindings
    ]
