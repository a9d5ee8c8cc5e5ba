"""Logging in with email and password, and what a session gets: facts/confluent-cloud-api.md 5.1.

Answers are protobuf as JSON: numbers for ids beside the names the rest of the API uses, and
`error` null on success. Wordings of refusals are ours.
"""

from __future__ import annotations

from pydantic import AliasChoices, ConfigDict, Field, SecretStr

from runthrough.emulator.confluent.bodies import Body, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import Json
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, reply
from runthrough.emulator.confluent.identity.parts import Principal, Session

_WRONG = "The email or the password is not right"
_NUMBER = 1
"""The old numeric id of the only organization and its only user; clients show and ignore it."""


class _Credentials(Body):
    """What a login sends; clients leave out what they have not, in either case of name."""

    model_config = ConfigDict(populate_by_name=True)

    email: str = ""
    password: SecretStr = SecretStr("")
    organization: str = Field("", validation_alias=AliasChoices("org_resource_id", "orgResourceId"))
    refresh_token: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("refresh_token", "refreshToken")
    )
    id_token: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("id_token", "idToken"))


def get_realm(_cloud: Cloud, _call: Call) -> Reply:
    """GET /api/login/realm?email=: whether the user logs in elsewhere; nobody here does."""
    return reply({"is_sso": False, "realm": ""})


def log_in(cloud: Cloud, call: Call) -> Reply:
    """POST /api/sessions: a session for email and password, or a refreshed one."""
    sent = read_body(call, _Credentials)
    if sent.id_token.get_secret_value():
        raise Refusal(501, f"Single sign-on {LIVE_HAS_IT}")
    if sent.organization not in {"", cloud.world.organization.id}:
        raise Refusal(403, f"There is no organization {sent.organization} for this user")
    session = _open(cloud, sent)
    if session is None:
        raise Refusal(403, _WRONG)
    return reply(
        {
            "token": session.token.get_secret_value(),
            "refresh_token": session.refresh_token.get_secret_value(),
            "error": None,
            "user": _user(session.principal),
            "organization": _organization(cloud),
        }
    )


def _open(cloud: Cloud, sent: _Credentials) -> Session | None:
    refresh = sent.refresh_token.get_secret_value()
    if refresh:
        return cloud.identity.renew_session(refresh)
    return cloud.identity.log_in(sent.email, sent.password)


def log_out(cloud: Cloud, call: Call) -> Reply:
    """DELETE /api/sessions: end the session; its tokens open nothing afterwards."""
    cloud.identity.close_session(call.caller)
    return reply({"token": "", "error": None})


def get_me(cloud: Cloud, call: Call) -> Reply:
    """GET /api/me: who is logged in, and the environments as `accounts`."""
    user = cloud.identity.principal(call.caller.owner)
    if user is None:
        raise Refusal(401, "Unauthorized")
    return reply(
        {
            "error": None,
            "user": _user(user),
            "organization": _organization(cloud),
            "accounts": [
                {"id": e.id, "name": e.display_name} for e in cloud.account.environments()
            ],
        }
    )


def issue_access_token(cloud: Cloud, call: Call) -> Reply:
    """POST /api/access_tokens: a data-plane token for a session; `error` is a text here."""
    token = cloud.identity.issue_data_plane_token(call.caller)
    return reply({"token": token.get_secret_value(), "error": ""})


def _user(user: Principal) -> Json:
    return {"id": _NUMBER, "email": user.email, "resource_id": user.id}


def _organization(cloud: Cloud) -> Json:
    organization = cloud.world.organization
    return {"id": _NUMBER, "resource_id": organization.id, "name": organization.name}
