"""The addresses of the calendar server: every method that WebDAV has comes through here."""

import re
from typing import Any

import structlog
from litestar import asgi
from litestar.types import Receive, Scope, Send

from server.caldav import davxml, delete, paths, propfind, proppatch, put, read, report, sign_in
from server.caldav.calendar_file import SIZE
from server.caldav.response import Answer, refusal, send_answer
from server.caldav.texts import MADE_IN_RONGTONG, in_language_of
from server.core.actor import Actor
from server.core.errors import Forbidden, Invalid, MethodNotAllowed, NotFound, TooLarge, UnsupportedType

ALLOW = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT"
DAV = "1, 3, calendar-access"
BODY_LIMIT = 256 * 1024  # bytes of XML
XML = "application/xml; charset=utf-8"
BRIEF = re.compile(r"\breturn\s*=\s*\"?minimal\b", re.IGNORECASE)


@asgi("/dav", is_mount=True, copy_scope=False)  # what is logged learns its route from the scope
async def dav(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, whatever it is."""
    await serve(scope, receive, send)


async def serve(scope: Any, receive: Receive, send: Send) -> None:
    """The same, also for what is asked elsewhere (paths.ELSEWHERE)."""
    asked = scope
    asked["path_template"] = paths.ROOT + "{path}"
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in asked["headers"]}
    try:
        answer = await _answer(asked, receive, headers)
    except Exception as error:
        answer = refusal(error, unread="C:valid-calendar-data" if asked["method"] == "PUT" else "")
    await send_answer(answer, asked, send)


@asgi("/.well-known/caldav", copy_scope=True)
async def well_known(scope: Scope, receive: Receive, send: Send) -> None:
    """Lead to the calendar server (RFC 6764 5)."""
    await send_answer(Answer(301, headers={"Location": paths.ROOT}), scope, send)


async def _answer(scope: Any, receive: Receive, headers: dict[str, str]) -> Answer:
    method = scope["method"]
    if method == "OPTIONS":  # before signing in: programs ask what this is (RFC 4918 10.1)
        return Answer(200, headers={"DAV": DAV, "Allow": ALLOW})
    structlog.contextvars.bind_contextvars(dav=method)
    by = await sign_in.signed_in(scope, headers.get("authorization"))
    if method in ("MKCALENDAR", "MKCOL", "MOVE", "COPY"):
        raise Forbidden(in_language_of(by, MADE_IN_RONGTONG), condition="D:need-privileges")
    address = scope.get("raw_path") or scope["path"].encode()
    place = paths.place(address.decode("latin-1").partition("?")[0])
    scope["path_template"] = paths.TEMPLATES[place.kind]
    if place.member_id not in (None, by.member_id):
        raise NotFound("there is nothing of yours at this address")
    match method:
        case "GET" | "HEAD":
            return await read.read(place, by, headers.get("if-none-match"))
        case "PROPFIND":
            body = davxml.read(await _body(receive, headers, BODY_LIMIT))
            brief = bool(BRIEF.search(headers.get("prefer", ""))) or headers.get("brief", "").lower() == "t"
            depth = headers.get("depth", "infinity").strip().lower()
            told = await propfind.propfind(place, by, body, depth, brief=brief)
            return Answer(
                207, told, {"Content-Type": XML} | ({"Preference-Applied": "return=minimal"} if brief else {})
            )
        case "REPORT":
            body = davxml.read(await _body(receive, headers, BODY_LIMIT))
            content, status, media_type = await report.report(place, by, body)
            return Answer(status, content, {"Content-Type": media_type})
        case "PROPPATCH":
            body = davxml.read(await _body(receive, headers, BODY_LIMIT))
            return Answer(207, await proppatch.proppatch(place, by, body), {"Content-Type": XML})
        case "PUT":
            return await _put(place, by, receive, headers)
        case "DELETE":
            if place.kind != "object" or place.resource_id is None:
                raise Forbidden(in_language_of(by, MADE_IN_RONGTONG), condition="D:need-privileges")
            await delete.delete(place.resource_id, place.name, by, headers.get("if-match"))
            return Answer(204)
    raise MethodNotAllowed(f"this takes {ALLOW}")


async def _put(place: paths.Place, by: Actor, receive: Receive, headers: dict[str, str]) -> Answer:
    if place.kind != "object" or place.resource_id is None:
        raise Forbidden("an event is put at an address within a calendar", condition="D:need-privileges")
    kind = headers.get("content-type", "text/calendar").partition(";")[0].strip().lower()
    if kind not in ("text/calendar", "application/octet-stream", ""):
        raise Forbidden("only text/calendar can be kept", condition="C:supported-calendar-data")
    if "content-range" in headers:
        raise Forbidden("send it as a whole", condition="C:valid-calendar-data")
    data = await _body(receive, headers, SIZE)
    given = {"if_match": headers.get("if-match"), "if_none_match": headers.get("if-none-match")}
    done = await put.put(place.resource_id, place.name, data, by, **given)
    return Answer(201 if done.made else 204, headers={"ETag": done.etag})


async def _body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """Read a request's body, without keeping one that is too large. Raises UnsupportedType, TooLarge."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedType("send it as it is, without Content-Encoding")
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(f"the limit is {limit // 1024} KB", condition="C:max-resource-size")
    parts, size, more = [], 0, True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("the request broke off")
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLarge(f"the limit is {limit // 1024} KB", condition="C:max-resource-size")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


ROUTES = [dav, well_known]
