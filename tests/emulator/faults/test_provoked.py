"""Every error of the fact sheets can be provoked, in the form in which its reader meets it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runthrough.emulator.server import Running

STATEMENTS = "/sql/v1/organizations/{organization}/environments/{environment}/statements"


def provoke(running: Running, method: str, path: str, answer: dict[str, Any]) -> httpx.Response:
    world = running.world
    path = path.format(organization=world.organization.id, environment=world.environment.id)
    own = f"{running.url}/_emulator/faults"
    rule = {"match": {"method": method, "path": path}, "times": 1, "answer": answer}
    httpx.post(own, json=rule, trust_env=False).raise_for_status()
    met = httpx.request(method, running.url + path, trust_env=False)
    httpx.delete(own, trust_env=False).raise_for_status()
    return met


@pytest.mark.parametrize(
    ("method", "path", "answer", "error"),
    [
        (
            "GET",
            "/org/v2/environments",
            {"status": 401},
            {"status": "401", "detail": "Unauthorized", "source": {}},
        ),
        (
            "POST",
            "/cmk/v2/clusters",
            {"status": 402, "detail": "kafka_clusters_per_environment is currently limited to 20"},
            {
                "status": "402",
                "code": "quota_exceeded",
                "detail": "kafka_clusters_per_environment is currently limited to 20",
                "source": {},
            },
        ),
        (
            "DELETE",
            "/iam/v2/api-keys/GONE",
            {"status": 403},
            {
                "status": "403",
                "code": "forbidden_access",
                "title": "Forbidden Access",
                "detail": "Forbidden",
                "source": {},
            },
        ),
        (
            "GET",
            "/org/v2/environments",
            {"status": 400, "code": "invalid_filter", "detail": "bad filter"},
            {"status": "400", "code": "invalid_filter", "detail": "bad filter", "source": {}},
        ),
        (
            "GET",
            STATEMENTS + "/gone",
            {"status": 404, "detail": "Statement resource=gone does not exist"},
            {"status": "404", "detail": "Statement resource=gone does not exist", "source": {}},
        ),
        (
            "GET",
            STATEMENTS + "/early/results",
            {"status": 409, "detail": "Results for Statement=early not ready"},
            {"status": "409", "detail": "Results for Statement=early not ready", "source": {}},
        ),
        (
            "POST",
            STATEMENTS,
            {"status": 403, "detail": "The compute pool lfcp-gone was not found."},
            {
                "status": "403",
                "detail": "The compute pool lfcp-gone was not found.",
                "source": {},
            },
        ),
    ],
)
def test_errors_of_the_main_envelope(
    running: Running, method: str, path: str, answer: dict[str, Any], error: dict[str, Any]
) -> None:
    met = provoke(running, method, path, answer)
    assert met.status_code == answer["status"]
    (said,) = met.json()["errors"]
    assert len(said.pop("id")) == 32
    assert said == error


@pytest.mark.parametrize(
    ("method", "path", "answer", "body"),
    [
        (
            "POST",
            "/subjects/hotels-value/versions",
            {"status": 409, "detail": "Schema being registered is incompatible"},
            {"error_code": 409, "message": "Schema being registered is incompatible"},
        ),
        (
            "GET",
            "/kafka/v3/clusters/lkc-x/topics/t",
            {"status": 404, "code": 40403, "detail": "This server does not host this"},
            {"error_code": 40403, "message": "This server does not host this"},
        ),
        (
            "POST",
            "/iam/v2/role-bindings",
            {"status": 403, "code": 40301, "detail": "no"},
            {"error_code": 40301, "message": "no"},
        ),
        (
            "POST",
            "/connect/v1/environments/env-x/clusters/lkc-x/connectors",
            {"status": 400, "body": {"error": {"code": 400, "message": "bad config"}}},
            {"error": {"code": 400, "message": "bad config"}},
        ),
        (
            "POST",
            "/api/sessions",
            {"status": 403, "detail": "suspended"},
            {"error": {"code": 403, "message": "suspended"}},
        ),
    ],
)
def test_errors_of_the_other_forms(
    running: Running, method: str, path: str, answer: dict[str, Any], body: dict[str, Any]
) -> None:
    met = provoke(running, method, path, answer)
    assert (met.status_code, met.json()) == (answer["status"], body)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (403, "ExpiredTokenException"),
        (404, "ResourceNotFoundException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_errors_of_bedrock(running: Running, status: int, code: str) -> None:
    answer = {"status": status, "detail": "so it is"}
    if code == "ExpiredTokenException":
        answer["code"] = code
    met = provoke(running, "POST", "/model/some-model/invoke", answer)
    assert (met.status_code, met.json()) == (status, {"message": "so it is"})
    assert met.headers["x-amzn-errortype"].startswith(f"{code}:")


def test_a_throttled_request_may_have_no_body_at_all(running: Running) -> None:
    met = provoke(running, "GET", "/org/v2/environments", {"status": 429, "body": ""})
    assert (met.status_code, met.content) == (429, b"")
