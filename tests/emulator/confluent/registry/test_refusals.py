"""What the Schema Registry refuses, in the registry's own form."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..conftest import Emulated
from .records import ORDER, Unique, code


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/subjects/nobody/versions", (404, 40401)),
        ("GET", "/subjects/nobody/versions/latest", (404, 40401)),
        ("GET", "/subjects/nobody/versions/0", (422, 42202)),
        ("GET", "/subjects/nobody/versions/-2", (422, 42202)),
        ("GET", "/subjects/nobody/versions/99999999999999", (422, 42202)),
        ("GET", "/subjects/nobody/versions/%D9%A1", (422, 42202)),
        ("GET", "/subjects/a%00b/versions", (422, 42208)),
        ("GET", "/subjects/:.other:a/versions", (501, 501)),
        ("DELETE", "/subjects/nobody", (404, 40401)),
        ("GET", "/schemas/ids/1", (404, 40403)),
        ("GET", "/schemas/ids/x", (404, 404)),
        ("GET", "/schemas/ids/" + "9" * 5000, (404, 404)),
        ("GET", "/schemas/guids/nobody", (404, 40403)),
        ("GET", "/subjects?limit=x", (400, 400)),
        ("GET", "/subjects?subjectPrefix=:.other:", (501, 501)),
        ("GET", "/exporters", (501, 501)),
        ("GET", "/catalog/v1/search/attribute", (501, 501)),
        ("GET", "/mode/nobody", (404, 40409)),
        ("DELETE", "/mode/nobody", (404, 40401)),
        ("DELETE", "/config/nobody", (404, 40401)),
        ("GET", "/associations/resources/-/orders?resourceType=topic", (404, 40401)),
        ("PATCH", "/subjects/nobody", (405, 405)),
    ],
)
def test_what_cannot_be_answered_has_the_registrys_form(
    raw: httpx.Client, method: str, path: str, expected: tuple[int, int]
) -> None:
    assert code(raw.request(method, path)) == expected


def test_a_form_of_a_schema_that_is_not_emulated_is_refused(
    raw: httpx.Client, unique: Unique
) -> None:
    made = raw.post(f"/subjects/{unique('form')}/versions", json={"schema": ORDER})
    answer = raw.get(f"/schemas/ids/{made.json()['id']}", params={"format": "serialized"})
    assert code(answer) == (501, 501)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, 42201)),
        ({"schema": ""}, (422, 42201)),
        ({"schema": {"type": "int"}}, (422, 42201)),
        ({"schema": "{"}, (422, 42201)),
        ({"schema": '{"type":"nope"}'}, (422, 42201)),
        ({"schema": '{"type":"record"}'}, (422, 42201)),
        ({"schema": '"int"', "schemaType": "XML"}, (422, 42201)),
        ({"schema": '"int"', "schemaType": 3}, (422, 42201)),
        ({"schema": '"int"', "references": "x"}, (422, 42201)),
        ({"schema": '"int"', "references": [{"name": "x"}]}, (422, 42201)),
        (
            {"schema": '"int"', "references": [{"name": "x", "subject": "no", "version": 1}]},
            (422, 42201),
        ),
        ({"schema": "[" * 100_000}, (422, 42201)),
        ({"schema": '"int"', "metadata": {"tags": 1}}, (422, 42201)),
        ({"schema": '"int"', "metadata": {"owner": "x"}}, (422, 42201)),
        ({"schema": '"int"', "ruleSet": {"domainRules": [{}]}}, (422, 42210)),
        ({"schema": '"int"', "ruleSet": {"rules": []}}, (422, 42210)),
        ({"schema": '"int"', "schemaTagsToAdd": [{}]}, (501, 501)),
        ({"schema": '"int"', "schemer": "x"}, (422, 422)),
        ({"schema": '"int"', "id": "x"}, (422, 42201)),
        ({"schema": '"int"', "id": 5}, (422, 42205)),
        ({"schema": '{"type": 1}', "schemaType": "JSON"}, (422, 42201)),
        ({"schema": "message {", "schemaType": "PROTOBUF"}, (422, 42201)),
        ([], (400, 400)),
    ],
)
def test_what_is_no_schema_is_refused_and_leaves_no_subject(
    raw: httpx.Client, unique: Unique, body: object, expected: tuple[int, int]
) -> None:
    subject = unique("bad")
    assert code(raw.post(f"/subjects/{subject}/versions", json=body)) == expected
    assert raw.get("/subjects", params={"subjectPrefix": subject}).json() == []


def test_a_type_that_there_is_not_is_named(raw: httpx.Client, unique: Unique) -> None:
    body = {"schema": '{"type":"record","name":"R","fields":[{"name":"a","type":"strin"}]}'}
    answer = raw.post(f"/subjects/{unique('bad')}/versions", json=body)
    assert answer.json()["message"].endswith("details: there is no type 'strin'")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/config", {"compatibility": "SOMETIMES"}, (422, 42203)),
        ("/config", {}, (422, 42203)),
        ("/config/s", {"compatibility": "FULL", "alias": "x"}, (501, 501)),
        ("/config/s", {"compatibility": "FULL", "level": "x"}, (422, 422)),
        ("/config/s", {"normalize": "yes"}, (422, 422)),
        ("/config/s", {"defaultMetadata": {"tags": 3}}, (422, 42201)),
        ("/mode", {"mode": "SIDEWAYS"}, (422, 42204)),
        ("/mode", {"mode": None}, (422, 42204)),
        ("/mode/s", {"mode": "FORWARD"}, (501, 501)),
        ("/mode/s", {"mode": "READONLY_OVERRIDE"}, (422, 42204)),
    ],
)
def test_settings_that_do_not_exist_are_refused(
    raw: httpx.Client, path: str, body: object, expected: tuple[int, int]
) -> None:
    assert code(raw.put(path, json=body)) == expected


def test_keys_of_other_services_stay_outside(emulated: Emulated) -> None:
    for scope in ("kafka", "flink", "cloud", None):
        with emulated.http(scope) as client:
            answer = client.get("/subjects")
            assert code(answer) == (401, 401)
            assert answer.headers["www-authenticate"].startswith("Basic")
    with emulated.http("global") as client:
        assert client.get("/subjects").status_code == 200


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["schema", "schemaType", "references", "name", "version"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    )
)
def test_no_body_breaks_a_registration(raw: httpx.Client, body: object) -> None:
    answer = raw.post("/subjects/any/versions", json=body)
    assert answer.status_code in {200, 400, 409, 422, 501}
