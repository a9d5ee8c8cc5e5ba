"""The REST door: errors in the service's words, reads again, writes once."""

from __future__ import annotations

import httpx
import pytest

from runthrough.clients import http as http_module
from runthrough.clients.http import Http
from runthrough.errors import ServiceError


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "_FIRST_PAUSE_SECONDS", 0.0)


class Service:
    """Answers one after the other from a list, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> Http:
        transport = httpx.MockTransport(self)
        return Http(base_url="http://service.test", key="k", secret="s3cret", transport=transport)


def test_a_read_is_tried_again_while_the_service_is_busy() -> None:
    service = Service(httpx.Response(429), httpx.Response(503), httpx.Response(200, json=[1]))
    assert service.client().get("/things") == [1]
    assert len(service.asked) == 3


def test_a_write_is_never_sent_twice() -> None:
    service = Service(httpx.Response(503), httpx.Response(200))
    with pytest.raises(ServiceError) as caught:
        service.client().post("/things", {"a": 1})
    assert caught.value.status == 503
    assert len(service.asked) == 1


def test_what_is_not_emulated_is_not_asked_again() -> None:
    service = Service(httpx.Response(501, json={"message": "not emulated"}))
    with pytest.raises(ServiceError, match="not emulated"):
        service.client().get("/agents")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"detail": "The pool was not found."}]}, "The pool was not found."),
        ({"error_code": 40403, "message": "no such topic"}, "no such topic"),
        ({"Message": "Authentication failed"}, "Authentication failed"),
    ],
)
def test_the_error_has_the_services_words_and_the_place(body: object, words: str) -> None:
    service = Service(httpx.Response(404, json=body))
    with pytest.raises(ServiceError, match=words) as caught:
        service.client().get("/things/x")
    assert (
        str(caught.value) == f"GET http://service.test/things/x answered 404: {caught.value.said}"
    )


def test_no_error_text_holds_the_key_or_the_query() -> None:
    service = Service(httpx.Response(401, text="<html>no</html>"))
    with pytest.raises(ServiceError) as caught:
        service.client().get("/things", {"token": "abc"})
    assert "s3cret" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("path", ["/things", "http://service.test/things?page_token=2"])
def test_no_answer_is_an_error_without_a_status(path: str) -> None:
    service = Service(*[httpx.ConnectError("refused")] * 3)
    with pytest.raises(ServiceError) as caught:
        service.client().get(path)
    assert (
        str(caught.value) == "GET http://service.test/things got no answer: ConnectError: refused"
    )
    assert caught.value.status is None


def test_pages_are_followed_by_their_url() -> None:
    second = "http://service.test/things?page_token=2"
    service = Service(
        httpx.Response(200, json={"data": [{"id": 1}], "metadata": {"next": second}}),
        httpx.Response(200, json={"data": [{"id": 2}], "metadata": {"next": ""}}),
    )
    assert [thing["id"] for thing in service.client().pages("/things")] == [1, 2]
    assert str(service.asked[1].url) == second


def test_deleting_what_is_gone_is_no_error() -> None:
    Service(httpx.Response(404)).client().delete("/things/x")
    with pytest.raises(ServiceError):
        Service(httpx.Response(409)).client().delete("/things/x")
