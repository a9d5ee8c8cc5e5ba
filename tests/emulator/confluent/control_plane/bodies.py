"""Bodies of the account's routes, and how its answers are read by their schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from ..schemas import account as forms
from ..schemas.base import Errors

ENVIRONMENTS, CLUSTERS = "/org/v2/environments", "/cmk/v2/clusters"
POOLS, REGISTRIES = "/fcpm/v2/compute-pools", "/srcm/v3/clusters"
Unique = Callable[[str], str]
T = TypeVar("T", bound=BaseModel)


def read(answer: httpx.Response, form: type[T], status: int = 200) -> T:
    assert answer.status_code == status, answer.text
    return form.model_validate_json(answer.content)


def refused(answer: httpx.Response, status: int, *, code: str | None = None, at: str = "") -> str:
    """Return the detail of a refusal of the documented form."""
    assert answer.status_code == status, answer.text
    [error] = Errors.model_validate_json(answer.content).errors
    assert error.status == str(status)
    if code is not None:
        assert error.code == code
    if at:
        assert error.source == {"pointer": at}
    return error.detail


def make_environment(cloud: httpx.Client, name: str, package: str | None = "ESSENTIALS") -> str:
    body: dict[str, Any] = {"display_name": name}
    if package:
        body["stream_governance_config"] = {"package": package}
    return read(cloud.post(ENVIRONMENTS, json=body), forms.Environment, 201).id


def cluster_body(environment: str, name: str, **changes: Any) -> dict[str, Any]:
    spec = {
        "display_name": name,
        "availability": "SINGLE_ZONE",
        "cloud": "AWS",
        "region": "us-east-1",
        "config": {"kind": "Basic"},
        "environment": {"id": environment},
    }
    return {"spec": {k: v for k, v in {**spec, **changes}.items() if v is not None}}


def pool_body(owner: str, name: str, **changes: Any) -> dict[str, Any]:
    spec = {
        "display_name": name,
        "cloud": "AWS",
        "region": "us-east-1",
        "max_cfu": 10,
        "environment": {"id": owner},
    }
    return {"spec": {k: v for k, v in {**spec, **changes}.items() if v is not None}}
