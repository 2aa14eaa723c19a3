"""What is deep, large, cut off or no text at all, at every route and as somebody whom it is open to: never a 500."""

import html
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from server.access import csrf, sessions
from server.access.device import Origin
from server.access.permissions import declared
from server.accounts import tickets
from server.core import unexpected
from tests.browser.every_page import BY_ROLE, PARAMETERS, every_page
from tests.factories import Person
from tests.rights import asking
from tests.rights.matrix import undone
from tests.rights.world import World, world
from tests.site.reader import Reader, _hidden

DEEP = 100_000
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
FIELD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
BODIES: dict[str, tuple[str, bytes]] = {
    "lists": (JSON, b"[" * DEEP),
    "objects that end": (JSON, b'{"a":' * (DEEP // 4) + b"1" + b"}" * (DEEP // 4)),
    "a number without end": (JSON, b"1" * DEEP),
    "half a character": (JSON, b'{"name": "\\ud800", "units": 1e999999}'),
    "no UTF-8": (JSON, b'{"name": "\xff\xfe"}'),
    "nothing": (JSON, b""),
    "another format": ("application/msgpack", b"\x91" * DEEP),
    "a type that is none": (";;;=\x80", b"{}"),
    "80,000 fields": (FORM, b"a=&" * 80_000),
    "fields that are no text": (FORM, b"name=%00%ff%fe%&email=%&=&&%zz&\xff=\x00"),
    "4,000 parts": (PARTS, FIELD * 4000 + b"--b--"),
    "a part without an end": (PARTS, b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff"\r\n\r\n'),
    "a head without an end": (PARTS, b"--b\r\nContent-Disposition: " + b"x" * DEEP),
    "parts without a boundary": ("multipart/form-data", b"--b--"),
}
QUERIES = ["\x00", "[" * 500, "9" * 400, "NaN", "9999-12-31T23:59:59+14:00", "0001-01-01", "🧪" * 40, "-1"]
EVERYWHERE = ("cursor", "next", "q", "day", "lang", "done")  # what pages read without declaring it
HEADERS: dict[str, bytes] = {
    "Cookie": b"session=%00; basket=" + b"[" * 4000 + b"; sign-in=\xff; lang=\xff; =; ;;",
    "Accept-Language": b"*;q=" + b"9" * 400 + b",;q=x," * 1000,
    "Accept": b"text/html;q=," * 500,
    "Authorization": b"Basic \xff====",
    "If-None-Match": b'"' * 4000,
    "If-Modified-Since": b"Thu, 99 Xxx 99999 99:99:99 +9999",
    "If-Match": b'"' + b"9" * 4000 + b'"',
    "Idempotency-Key": b"\xff" * 4000,
    "Range": b"bytes=9-1," * 500,
    "X-Forwarded-For": b"[::1," * 2000,
    "Origin": b"http://[",
    "Referer": b"http://[::1",
    "HX-Request": b"\xff",
}
METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "NONSENSE")
IN_JSON = {"Content-Type": JSON}
SLOT = re.compile(r"{([a-z_]+):([a-z]+)}")
SLOTS = ("%00", "%ff%fe", "x" * 5000, "..%2f..%2fetc%2fpasswd", "%F0%9F%A7%AA", "%E2%80%AE.ics", "-", "[" * 3000)


class Route(msgspec.Struct, frozen=True):
    """One method of one address, who may ask for it, and what it reads from the query."""

    method: str
    template: str
    role: str | None
    queries: frozenset[str]


def routes(app: Litestar) -> list[Route]:
    """Read the route table. What is mounted takes every method."""
    found = []
    for route in app.routes:
        handlers = getattr(route, "route_handlers", [])
        if not handlers:
            found += [Route(method, f"{route.path}/", None, frozenset()) for method in ("GET", "PUT", "REPORT")]
        for handler in handlers:
            access, queries = declared(handler), frozenset(handler.parsed_fn_signature.parameters)
            for method in sorted(set(handler.http_methods) - {"OPTIONS"}):
                found.append(Route(method, str(route.path), access.role if access else None, queries))
    assert len(found) > 300
    return found


class Asker:
    """Sends requests as whoever may, undoes what they write, and keeps what was answered wrongly."""

    def __init__(self, client: httpx.AsyncClient, made: World, signed_in: dict[str, dict[str, str]]) -> None:
        self.client, self.made, self.signed_in = client, made, signed_in
        self.faults: list[str] = []

    def path(self, route: Route, slot: str = "") -> str:
        def filled(match: re.Match[str]) -> str:
            if slot and match[2] != "uuid":
                return slot
            before = route.template[: match.start()].rstrip("/").rpartition("/")[2]
            return PARAMETERS[before](self.made) if before in PARAMETERS else str(uuid4())

        return SLOT.sub(filled, route.template)

    async def ask(self, route: Route, what: str, path: str = "", method: str = "", **more: Any) -> None:
        person = BY_ROLE.get(route.role, "") or "guest_admin"
        headers = dict(self.signed_in[person]) | {"Accept": "text/html", "If-Match": "*"} | more.pop("headers", {})
        self.made.restore()
        with capture_logs() as logged:
            async with undone():
                asked = self.client.request(method or route.method, path or self.path(route), headers=headers, **more)
                answer = await asked
        defects = [repr(line["exc_info"]) for line in logged if line["event"] == "unexpected"]
        if answer.status_code >= 500 or defects:
            self.faults.append(f"{route.method} {route.template} with {what}: {answer.status_code} {defects}"[:400])


async def _signed_in(person: Person) -> dict[str, str]:
    secret = await sessions.issue(person.actor.account_id, Origin(), member_id=person.actor.member_id)
    session = await sessions.read(secret)
    assert session is not None
    return {"Cookie": f"session={secret}", csrf.HEADER: csrf.csrf_token(session.session_id)}


@pytest.fixture
async def asker(client: httpx.AsyncClient) -> Asker:
    made = await world()
    for purpose in ("verify", "reset"):
        id = await tickets.issue(made.owner_admin.actor.account_id, purpose)
        made.tokens[purpose] = tickets.secret_of(id, purpose)
    people = {name: await _signed_in(getattr(made, name)) for name in ("guest_admin", "owner_admin", "operator")}
    return Asker(client, made, people)


@pytest.mark.parametrize("body", BODIES)
async def test_every_route_that_takes_a_body_refuses_what_is_none(asker: Asker, app: Any, body: str) -> None:
    kind, content = BODIES[body]
    for route in routes(app):
        if route.method not in ("GET", "HEAD"):
            await asker.ask(route, body, content=content, headers={"Content-Type": kind.encode("latin-1")})
    assert asker.faults == []


async def test_control_without_a_word_for_depth_it_is_a_defect(
    asker: Asker, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unexpected, "RecursionError", ZeroDivisionError, raising=False)
    kind, content = BODIES["lists"]
    (route,) = [one for one in routes(app) if (one.method, one.template) == ("POST", "/api/v1/session")]
    await asker.ask(route, "lists", content=content, headers={"Content-Type": kind})
    assert "RecursionError" in asker.faults[0]


async def test_a_text_with_a_character_that_no_text_has_is_refused_in_every_field(asker: Asker) -> None:
    document = (await asker.client.get("/api/v1/openapi.json")).json()
    for operation in asking.operations(document):
        wanted = asking.call(operation, asker.made.ids, document)
        route = Route(operation.method, operation.path, operation.role, frozenset())
        body: Any = wanted.more.get("json")
        for field in body if isinstance(body, dict) else ():
            changed = body | {field: "\x00" if isinstance(body[field], str) else ["\x00"]}
            await asker.ask(route, f"{field} without a character", wanted.path, json=changed)
            await asker.ask(route, f"{field} that is deep", wanted.path, content=_deep(body, field), headers=IN_JSON)
    assert asker.faults == []


def _deep(body: dict[str, Any], field: str) -> bytes:
    """A body of which one field is nested without end."""
    return msgspec.json.encode(body | {field: msgspec.Raw(b"[" * 2000 + b"]" * 2000)})


@pytest.mark.parametrize("odd", QUERIES, ids=range(len(QUERIES)))
async def test_every_route_reads_odd_queries(asker: Asker, app: Any, odd: str) -> None:
    for route in routes(app):
        if route.method == "GET":
            await asker.ask(route, f"{odd!r:.20} asked for", params=dict.fromkeys((*route.queries, *EVERYWHERE), odd))
    assert asker.faults == []


async def test_every_route_reads_queries_that_are_no_text(asker: Asker, app: Any) -> None:
    for route in routes(app):
        if route.method == "GET":
            names = b"&".join(name.encode() + b"=%ff%zz%" for name in (*route.queries, *EVERYWHERE))
            address = httpx.URL("http://rongtong.test" + asker.path(route)).copy_with(query=names + b"&=&&%00=%00&%")
            await asker.ask(route, "a query that is no text", path=address)  # type: ignore[arg-type]
    assert asker.faults == []


@pytest.mark.parametrize("odd", ["\x00", "9999-12-31", "9" * 400, "http://[", "0001-01-01T00:00"], ids=range(5))
async def test_every_form_reads_odd_values_in_each_field(asker: Asker, app: Any, odd: str) -> None:
    asked = set()
    for visit in await every_page(app, asker.made):
        reader = Reader(asker.client)
        reader.cookies = {"session": visit.session} if visit.session else {}
        await reader.open(visit.address)
        for action, fields in forms(reader):
            for field in fields.keys() - {csrf.FIELD}:
                if (key := (re.sub(r"[0-9a-f-]{36}", "", action), field, *sorted(fields))) not in asked:
                    asked.add(key)
                    route = Route("POST", action, None, frozenset())
                    headers = {"Cookie": f"session={visit.session}"}
                    await asker.ask(route, f"{field}={odd:.20}", action, data=fields | {field: odd}, headers=headers)
    assert len(asked) > 300
    assert asker.faults == []


def forms(reader: Reader) -> Iterator[tuple[str, dict[str, str]]]:
    """What the forms of a page would send, and where."""
    for attributes, inside in re.findall(r"<form([^>]*)>(.*?)</form>", reader.text, re.DOTALL):
        if 'method="post"' in attributes:
            action = re.search(r'action="([^"]*)"', attributes)
            texts = dict.fromkeys(re.findall(r'<textarea[^>]*name="([^"]*)"', inside), "")
            yield html.unescape(action[1]) if action else reader.path, texts | _hidden(inside)


@pytest.mark.parametrize("header", HEADERS)
async def test_every_route_reads_odd_headers(asker: Asker, app: Any, header: str) -> None:
    for route in routes(app):
        if route.method in ("GET", "PATCH", "REPORT"):
            await asker.ask(route, f"an odd {header}", headers={header: HEADERS[header]})
    assert asker.faults == []


@pytest.mark.parametrize("slot", SLOTS, ids=range(len(SLOTS)))
async def test_every_route_reads_odd_addresses(asker: Asker, app: Any, slot: str) -> None:
    for route in routes(app):
        if route.method == "GET" and re.search(r"{\w+:(?!uuid)", route.template):
            await asker.ask(route, f"{slot:.20} in its address", path=asker.path(route, slot))
    assert asker.faults == []


@pytest.mark.parametrize("method", METHODS)
async def test_every_address_takes_other_methods_as_nonsense(asker: Asker, app: Any, method: str) -> None:
    for route in {one.template: one for one in routes(app)}.values():
        await asker.ask(route, method, method=method)
    assert asker.faults == []
