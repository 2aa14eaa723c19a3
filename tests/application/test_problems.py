"""Whatever goes wrong, the answer is a problem (RFC 9457) that says what would help and gives nothing away."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody
from litestar.testing import RequestFactory

from server.application import problems
from server.application.app import create_app
from server.application.request_log import Observing
from server.core import logs, problem_details
from server.core.errors import BusyTryAgain, DomainError, RuleRefused, SlotTaken, tree
from server.core.http import Request
from server.web import problem_texts
from tests import factories

JSON = {"Content-Type": "application/json"}
SECRET = "rt_a-token-in-a-local-variable"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    name: str = ""


@get("/broken/{what:str}")
async def break_down(what: FromPath[str]) -> None:
    hidden = SECRET
    raise {
        "defect": ValueError(f"a detail nobody should see {hidden[:0]}"),
        "deadlock": asyncpg.DeadlockDetectedError("deadlock detected"),
        "away": asyncpg.CannotConnectNowError("starting up"),
        "busy": BusyTryAgain(retry_after=3),
        "rule": RuleRefused("too long", rule="max_minutes", remedy="at most 240 minutes"),
    }[what]


@post("/wishes")
async def wish(data: JSONBody[Wish]) -> int:
    return data.count


@pytest.fixture
async def small() -> AsyncIterator[httpx.AsyncClient]:
    """A small application with our handlers and routes that break."""
    app: Any = Litestar(
        [break_down, wish],
        exception_handlers=problems.HANDLERS,
        middleware=[Observing()],
        request_max_body_size=1000,
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://small.test") as speaking:
        yield speaking


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem, after a look at what all have in common."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == problem_details.MEDIA_TYPE
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    return body


async def test_a_wrong_body_names_its_fields(small: httpx.AsyncClient) -> None:
    body = problem(await small.post("/wishes", json={"count": "many"}), 400, "invalid")
    assert "count" in body["detail"]
    assert body["errors"][0]["key"] == "count"
    body = problem(await small.post("/wishes", json={"count": 1, "colour": "red"}), 400, "invalid")
    assert "colour" in body["detail"]
    assert "count" in problem(await small.post("/wishes", json={}), 400, "invalid")["detail"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"count": 1', b"nonsense", b"[]", b"null", b'"\\ud800"', b'{"count": 1e999}', b"[" * 900],
)
async def test_a_body_that_is_no_json_of_ours_is_refused(small: httpx.AsyncClient, content: bytes) -> None:
    problem(await small.post("/wishes", content=content, headers=JSON), 400, "invalid")


async def test_a_body_that_is_not_utf_8_is_refused(small: httpx.AsyncClient) -> None:
    content = b'{"count": 1, "name": "\xff\xfe"}'
    problem(await small.post("/wishes", content=content, headers=JSON), 400, "invalid")


async def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(small: httpx.AsyncClient) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    problem(await small.post("/wishes", content=b" " * 2000, headers=JSON), 413, "too-large")
    problem(await small.post("/wishes", content=in_pieces(), headers=JSON), 413, "too-large")


async def test_the_real_application_refuses_bodies_above_its_limit(client: httpx.AsyncClient) -> None:
    person = await factories.person()
    answer = await client.post("/api/v1/bookings", content=b" " * 300_000, headers=JSON | person.bearer)
    problem(answer, 413, "too-large")


async def test_an_address_that_is_not_there_is_404_for_every_method(client: httpx.AsyncClient) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path in ("/api/v1/nothing", "/api/v1", "/api/v1/resources/not-a-uuid", "/nothing"):
            answer = await client.request(method, path, headers={"Accept": "application/json"})
            assert answer.status_code in (404, 405), (method, path)
            problem(answer, answer.status_code, "not-found" if answer.status_code == 404 else "method-not-allowed")


async def test_a_wrong_method_is_405_and_names_the_right_ones(small: httpx.AsyncClient) -> None:
    answer = await small.put("/wishes", json={})
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"POST"}


async def test_a_defect_tells_nothing_but_the_request_id(small: httpx.AsyncClient) -> None:
    answer = await small.get("/broken/defect")
    body = problem(answer, 500, "internal")
    assert set(body) == {"type", "title", "status", "request_id"}
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "nobody should see" not in answer.text


async def test_a_defect_is_logged_with_its_request_id_and_without_the_values_of_variables(
    small: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for terminal in (False, True):
        said = io.StringIO()
        monkeypatch.setattr(said, "isatty", lambda terminal=terminal: terminal)
        monkeypatch.setattr("sys.stderr", said)
        logs.configure("info")
        structlog.configure(cache_logger_on_first_use=False)
        try:
            answer = await small.get("/broken/defect", headers={"Authorization": f"Bearer {SECRET}"})
        finally:
            structlog.reset_defaults()
        log = said.getvalue()
        assert "a detail nobody should see" in log  # but in the log they should
        assert "break_down" in log
        assert answer.json()["request_id"] in log
        assert SECRET not in log


async def test_a_database_that_is_busy_or_away_says_when_to_come_back(small: httpx.AsyncClient) -> None:
    for what, seconds in (("busy", "3"), ("deadlock", "1"), ("away", "1")):
        answer = await small.get(f"/broken/{what}")
        problem(answer, 503, "busy-try-again")
        assert answer.headers["retry-after"] == seconds


async def test_the_data_of_an_error_become_members_of_the_problem(small: httpx.AsyncClient) -> None:
    body = problem(await small.get("/broken/rule"), 422, "rule-refused")
    assert (body["detail"], body["rule"], body["remedy"]) == ("too long", "max_minutes", "at most 240 minutes")


@pytest.mark.parametrize(
    ("path", "accepted", "is_page"),
    [
        ("/mail/x", "text/html,*/*;q=0.8", True),
        ("/mail/x", "*/*", False),
        ("/mail/x", "application/json", False),
        ("/api/v1/resources", "text/html", False),
        ("/feeds/x.ics", "text/html", False),
        ("/health/ready", "text/html", False),
        ("/apiary", "text/html", True),
    ],
)
def test_pages_are_for_browsers_and_never_below_the_addresses_of_programs(
    path: str, accepted: str, is_page: bool
) -> None:
    request: Request = RequestFactory().get(path, headers={"Accept": accepted})
    answer = problems.answer(request, BusyTryAgain("later", retry_after=7))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    assert (answer.media_type == "text/html") == is_page


def test_every_error_has_a_title_a_status_and_a_text_of_its_own() -> None:
    create_app()  # imports all that may define errors
    errors = list(tree())
    slugs = [error.slug() for error in errors]
    assert len(set(slugs)) == len(slugs)
    for error in errors:
        assert 400 <= error.status < 600, error
        assert error.__doc__, error
        assert error.title() in problem_texts.TITLES, f"{error.title()!r} is missing in problem_texts.TITLES"
        assert error.slug() in problem_texts.REMEDIES, f"{error.slug()!r} is missing in problem_texts.REMEDIES"
    assert {error.title() for error in errors} == set(problem_texts.TITLES)
    assert set(slugs) == set(problem_texts.REMEDIES)


def test_the_slug_and_status_of_an_error_come_from_its_class() -> None:
    assert (SlotTaken.slug(), SlotTaken.status) == ("slot-taken", 409)
    assert DomainError("why", alternatives=[]).members == {"alternatives": []}


async def test_the_openapi_document_is_served_alone_at_its_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.text)["openapi"].startswith("3.")


async def test_every_operation_says_what_it_does_and_how_it_refuses(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    names = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert path.startswith("/api/v1/"), where
            assert " " in operation["summary"], where
            assert operation["tags"], where
            assert operation["operationId"] not in names, where
            names.add(operation["operationId"])
            refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert any(status.startswith("4") for status in refusals), where
            for status, answer in refusals.items():
                assert list(answer["content"]) == [problem_details.MEDIA_TYPE], f"{where} {status}"
            for parameter in operation.get("parameters", []):
                assert parameter["schema"], where
            if operation.get("security"):
                assert "401" in refusals, where
    assert len(names) > 5


async def test_every_reference_in_the_openapi_document_leads_somewhere(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    found = references(document)
    assert found
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
