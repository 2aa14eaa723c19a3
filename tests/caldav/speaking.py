"""A calendar program that speaks to the application as one, with an app password."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

import httpx
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from server.caldav.app_password_make import make
from server.caldav.davxml import name
from server.caldav.schemas import NewAppPassword
from tests.factories import Person

DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=20)


def at(hours: float) -> datetime:
    """A time from midnight in 20 days on."""
    return DAY + timedelta(hours=hours)


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def event(uid: str, starts_at: datetime, hours: float = 1, *more: str, summary: str = "保养") -> bytes:
    """A calendar object of one event."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", f"UID:{uid}",
        f"DTSTAMP:{stamp(DAY)}", f"DTSTART:{stamp(starts_at)}", f"DTEND:{stamp(starts_at + timedelta(hours=hours))}",
        f"SUMMARY:{summary}", *more, "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class Program:
    """One device of a member."""

    def __init__(self, client: httpx.AsyncClient, person: Person, password: str) -> None:
        self.client, self.person = client, person
        said = base64.b64encode(f"{person.actor.email}:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {said}"}

    @property
    def home(self) -> str:
        return f"/dav/cal/{self.person.actor.member_id}/"

    def calendar(self, resource_id: UUID) -> str:
        return f"{self.home}{resource_id}/"

    async def ask(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> httpx.Response:
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        return await self.client.request(method, path, content=content, headers=self.headers | more)

    async def put(self, path: str, data: bytes, **headers: str) -> httpx.Response:
        return await self.ask("PUT", path, data, Content_Type="text/calendar; charset=utf-8", **headers)

    async def find(self, path: str, *properties: str, depth: str = "0") -> list[Element]:
        asked = "".join(f"<{one}/>" for one in properties)
        body = f"<D:propfind {NAMESPACES}><D:prop>{asked}</D:prop></D:propfind>"
        return responses(await self.ask("PROPFIND", path, body, Depth=depth))

    async def sync(self, path: str, token: str = "", limit: int | None = None) -> "Synced":
        limited = f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>" if limit else ""
        body = (
            f"<D:sync-collection {NAMESPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
            f"{limited}<D:prop><D:getetag/></D:prop></D:sync-collection>"
        )
        return Synced(await self.ask("REPORT", path, body))


NAMESPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" '
    'xmlns:A="http://apple.com/ns/ical/"'
)


def responses(answer: httpx.Response) -> list[Element]:
    assert answer.status_code == 207, answer.text
    found: list[Element] = fromstring(answer.content).findall(name("D:response"))
    return found


def text(one: Element, short: str) -> str | None:
    found = next(one.iter(name(short)), None)
    return None if found is None else "".join(found.itertext())


def condition(answer: httpx.Response) -> tuple[str, str]:
    """What a refusal says: the precondition, and the words."""
    root = fromstring(answer.content)
    assert root.tag == name("D:error")
    said: Any = root.findtext(name("D:responsedescription"))
    return next((one.tag.partition("}")[2] for one in root if one.tag != name("D:responsedescription")), ""), said


class Synced:
    """The answer to a sync-collection."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.changed: dict[str, str | None] = {}
        self.more = False
        if answer.status_code != 207:
            return
        for one in responses(answer):
            href, status = text(one, "D:href") or "", one.findtext(name("D:status")) or ""
            if "507" in status:
                self.more = True
            else:
                self.changed[href] = None if "404" in status else text(one, "D:getetag")
        self.token = fromstring(answer.content).findtext(name("D:sync-token")) or ""


async def program(client: httpx.AsyncClient, person: Person) -> Program:
    """Give a member's program an app password."""
    return Program(client, person, (await make(NewAppPassword(label="test"), person.actor)).password)
