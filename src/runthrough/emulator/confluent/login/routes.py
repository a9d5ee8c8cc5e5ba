"""The routes of the `confluent` CLI's login: facts/confluent-cloud-api.md 5.1.

Paths are those below `/api`.
"""

from __future__ import annotations

from runthrough.emulator.confluent.families import LOGIN
from runthrough.emulator.confluent.route import Route, missing

LOGIN_ROUTES: tuple[Route, ...] = (
    *missing(LOGIN, "GET", "/login/realm"),
    *missing(LOGIN, "POST DELETE", "/sessions"),
    *missing(LOGIN, "GET", "/me"),
    *missing(LOGIN, "POST", "/access_tokens"),
)
