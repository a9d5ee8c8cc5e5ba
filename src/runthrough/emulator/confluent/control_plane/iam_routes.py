"""The routes of iam/v2: facts/confluent-cloud-api.md 3.4."""

from __future__ import annotations

from runthrough.emulator.confluent.control_plane import iam_bindings, iam_keys, iam_principals
from runthrough.emulator.confluent.families import CONTROL, ROLES
from runthrough.emulator.confluent.route import Route

_ACCOUNTS = "/iam/v2/service-accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{principal}}"
_USER = "/iam/v2/users/{principal}"
_KEYS = "/iam/v2/api-keys"
_KEY = f"{_KEYS}/{{key}}"
_BINDINGS = "/iam/v2/role-bindings"
_BINDING = f"{_BINDINGS}/{{binding}}"

IAM_ROUTES: tuple[Route, ...] = (
    Route(CONTROL, "GET", _ACCOUNTS, iam_principals.list_service_accounts),
    Route(CONTROL, "POST", _ACCOUNTS, iam_principals.create_service_account),
    Route(CONTROL, "GET", _ACCOUNT, iam_principals.get_service_account),
    Route(CONTROL, "PATCH", _ACCOUNT, iam_principals.update_service_account),
    Route(CONTROL, "DELETE", _ACCOUNT, iam_principals.delete_service_account),
    Route(CONTROL, "GET", "/iam/v2/users", iam_principals.list_users),
    Route(CONTROL, "GET", _USER, iam_principals.get_user),
    Route(CONTROL, "PATCH", _USER, iam_principals.update_user),
    Route(CONTROL, "DELETE", _USER, iam_principals.delete_user),
    Route(CONTROL, "GET", _KEYS, iam_keys.list_api_keys),
    Route(CONTROL, "POST", _KEYS, iam_keys.create_api_key),
    Route(CONTROL, "GET", _KEY, iam_keys.get_api_key),
    Route(CONTROL, "PATCH", _KEY, iam_keys.update_api_key),
    Route(CONTROL, "DELETE", _KEY, iam_keys.delete_api_key),
    Route(ROLES, "GET", _BINDINGS, iam_bindings.list_role_bindings),
    Route(ROLES, "POST", _BINDINGS, iam_bindings.create_role_binding),
    Route(ROLES, "GET", _BINDING, iam_bindings.get_role_binding),
    Route(ROLES, "DELETE", _BINDING, iam_bindings.delete_role_binding),
)
