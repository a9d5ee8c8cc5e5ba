"""The routes of the `confluent` CLI's login: facts/confluent-cloud-api.md 4.3, 5.1.

The exchange of tokens is called at two places, because the CLI appends its path to the login's
address instead of putting it in its place.
"""

from __future__ import annotations

from runthrough.emulator.confluent.families import LOGIN, SESSION
from runthrough.emulator.confluent.login import sessions, side_calls
from runthrough.emulator.confluent.route import Route

_ROLES = "/api/metadata/security/v2alpha1"

LOGIN_ROUTES: tuple[Route, ...] = (
    Route(LOGIN, "GET", "/api/login/realm", sessions.get_realm),
    Route(LOGIN, "POST", "/api/sessions", sessions.log_in),
    Route(SESSION, "DELETE", "/api/sessions", sessions.log_out),
    Route(SESSION, "GET", "/api/me", sessions.get_me),
    Route(SESSION, "POST", "/api/access_tokens", sessions.issue_access_token),
    Route(SESSION, "POST", "/cpdev.cloud/api/access_tokens", sessions.issue_access_token),
    Route(SESSION, "GET", "/api/growth/v1/free-trial-info", side_calls.get_free_trial),
    Route(LOGIN, "POST", "/api/cli/v1/usages", side_calls.take_usage),
    Route(SESSION, "GET", f"{_ROLES}/roles", side_calls.list_roles),
    Route(SESSION, "GET", f"{_ROLES}/roleNames", side_calls.list_role_names),
)
