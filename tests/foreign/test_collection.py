"""CalDAV collections as foreign calendars: asked with a password, from our own server and from bad ones."""

import base64
import gzip
from typing import Any

import httpx
import pytest

from server.calendars.reading.content import Unreadable
from server.core import db
from server.core.settings import settings
from server.foreign import collection
from tests import factories
from tests.caldav import speaking
from tests.foreign import files
from tests.foreign.conftest import Scene, noon
from tests.foreign.test_foreign import HOUR
from tests.listener import Asked, Listener, Reply

LOGIN = {"user": "zhang san@example.com", "password": "p@ss:w/ört 1"}


def multistatus(*objects: bytes, more: str = "") -> bytes:
    """The answer of a CalDAV server."""
    objects = tuple(one.replace(b"UID:0@", b"UID:%d@" % number) for number, one in enumerate(objects))
    entries = "".join(
        f"<D:response><D:href>/c/{number}.ics</D:href><D:propstat><D:prop><D:getetag>&quot;{number}&quot;</D:getetag>"
        f"<C:calendar-data>{one.decode().replace('&', '&amp;').replace('<', '&lt;')}</C:calendar-data></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        for number, one in enumerate(objects)
    )
    return (
        '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        f"{entries}{more}</D:multistatus>"
    ).encode()


def missing(status: str) -> str:
    return f"<D:response><D:href>/c/x.ics</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"


async def connected(scene: Scene, **more: Any) -> str:
    return await scene.connect(caldav=LOGIN, **more)


async def answers(scene: Scene, reply: Reply) -> None:
    scene.reply = reply
    await scene.read()


async def test_a_collection_is_asked_with_its_password_and_its_time_is_taken(scene: Scene) -> None:
    id = await connected(scene)
    await answers(
        scene, Reply(207, multistatus(files.calendar(files.event(noon(2))), files.calendar(files.event(noon(3)))))
    )
    asked = scene.source.asked[-1]
    assert (asked.method, asked.headers["depth"]) == ("REPORT", "1")
    said = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert said == f"{LOGIN['user']}:{LOGIN['password']}"
    assert [span[1] for span in await scene.taken()] == [noon(2), noon(3)]
    shown = await scene.check(id)
    assert (shown["events"], shown["error"], shown["is_collection"]) == (2, "", True)
    kept = str([dict(row) for row in await db.fetch("SELECT * FROM foreign_calendar")])
    kept += str([dict(row) for row in await db.fetch("SELECT became FROM audit_entry")]) + str(shown)
    assert "zhang" not in kept
    assert "rt 1" not in kept


async def test_our_own_calendars_are_such_collections(scene: Scene, client: httpx.AsyncClient) -> None:
    """The owner's other resource, read over CalDAV: what closes it is busy time here."""
    other = await factories.resource(scene.owner)
    program = await speaking.program(client, scene.owner)
    calendar = program.calendar(other)
    assert (await program.put(f"{calendar}a.ics", speaking.event("a@x", noon(5), 2))).status_code == 201
    weekly = speaking.event("b@x", noon(6), 1, "RRULE:FREQ=WEEKLY;COUNT=3")
    assert (await program.put(f"{calendar}b.ics", weekly)).status_code == 201
    _, _, login = program.headers["Authorization"].partition(" ")
    user, _, password = base64.b64decode(login).decode().partition(":")

    async def dav(asked: Asked) -> Reply:
        wanted: dict[str, str] = {
            name: asked.headers[name] for name in ("authorization", "depth", "content-type") if name in asked.headers
        }
        answer = await client.request(asked.method, asked.path, content=asked.body, headers=wanted)
        return Reply(answer.status_code, answer.content, {"Content-Type": answer.headers["content-type"]})

    scene.source.answering = dav
    address = {"url": scene.source.url(calendar), "caldav": {"user": user, "password": password}}
    made = await scene.do(scene.owner, "POST", scene.path, address)
    await scene.read()
    assert (await scene.check(made["id"]))["error"] == ""
    expected = [(noon(5), noon(5) + 2 * HOUR), *((noon(6 + 7 * week), noon(6 + 7 * week) + HOUR) for week in range(3))]
    assert [span[1:] for span in await scene.taken()] == expected
    await db.execute("UPDATE app_password SET revoked_at = now()")
    await scene.read()
    assert (await scene.check(made["id"]))["error"] == "it answered 401"
    assert len(await scene.taken()) == 4


NESTED = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
BAD = {
    "a file": Reply(200, files.calendar(files.event(noon(2)))),
    "a file with the right status": Reply(207, files.calendar(files.event(noon(2)))),
    "HTML": Reply(207, b"<html><body>Sign in</body></html>"),
    "nothing": Reply(207, b""),
    "empty": Reply(207, multistatus()),
    "broken off": Reply(207, multistatus(files.calendar(files.event(noon(2))))[:-20]),
    "an entry that breaks off": Reply(207, multistatus(files.calendar(files.event(noon(2)))[:-20])),
    "an entry that is missing": Reply(
        207, multistatus(files.calendar(files.event(noon(2))), more=missing("404 Not Found"))
    ),
    "cut off by the server": Reply(207, multistatus(files.calendar(), more=missing("507 Insufficient Storage"))),
    "entities": Reply(207, b'<!DOCTYPE x [<!ENTITY a0 "ha">%s]><x>&a9;</x>' % NESTED.encode()),
    "an outer entity": Reply(207, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'),
    "a bomb": Reply(207, gzip.compress(bytes(50 * 1024 * 1024)), {"Content-Encoding": "gzip"}),
    "very deep": Reply(207, b"<a>" * 100_000),
    "no password": Reply(401),
    "an endless redirect": Reply(301, headers={"Location": "/owner.ics"}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_nothing_bad_frees_time(scene: Scene, bad: Reply) -> None:
    id = await connected(scene)
    await answers(scene, Reply(207, multistatus(files.calendar(files.event(noon(2))))))
    await answers(scene, bad)
    assert [span[1] for span in await scene.taken()] == [noon(2)]
    assert (await scene.check(id))["error"]


async def test_the_question_goes_along_a_redirect_but_the_password_to_no_other_host(scene: Scene) -> None:
    await connected(scene)
    async with Listener(lambda asked: Reply(207, multistatus()), host="127.0.0.2") as other:
        scene.source.answering = lambda asked: Reply(
            308, headers={"Location": "/there" if asked.path != "/there" else other.url("/c/")}
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RONGTONG_OUTBOUND_PORTS", f"{scene.source.port},{other.port}")
            settings.cache_clear()
            await scene.read()
        settings.cache_clear()
        assert [one.path for one in scene.source.asked] == ["/owner.ics", "/there"]
        assert ["authorization" in one.headers for one in scene.source.asked] == [True, True]
        [asked] = other.asked
        assert (asked.method, "authorization" in asked.headers) == ("REPORT", False)
        assert asked.body == scene.source.asked[0].body


@pytest.mark.parametrize("offsets", [("+0800", "-0500"), ("-0500", "+0800")])
async def test_two_entries_may_mean_different_things_by_one_zone(scene: Scene, offsets: tuple[str, str]) -> None:
    await connected(scene)
    local = f"{noon(2, hour=12):%Y%m%dT%H%M%S}"
    lines = f"DTSTART;TZID=Customized Time Zone:{local}\nDURATION:PT1H"
    entries = [files.calendar(lines, head=files.CUSTOM.format(offset=offset)) for offset in offsets]
    await answers(scene, Reply(207, multistatus(*entries)))
    assert {span[1] for span in await scene.taken()} == {noon(2, hour=4), noon(2, hour=17)}


async def test_no_address_within_is_reached_by_a_collection_either(scene: Scene) -> None:
    async with Listener() as canary:
        wanted = {"url": canary.url("/c/"), "caldav": LOGIN}
        await scene.do(scene.owner, "POST", scene.path, wanted, status=422)
        await connected(scene)
        scene.source.answering = lambda asked: Reply(307, headers={"Location": canary.url("/c/")})
        await scene.read()
        assert canary.connections == 0


def test_what_is_joined_must_be_whole() -> None:
    """Negative control: with the missing entry let pass, its time would be freed."""
    answer = multistatus(files.calendar(files.event(noon(2))), more=missing("404 Not Found"))
    with pytest.raises(Unreadable, match="missing"):
        collection.joined(answer)
    whole = multistatus(files.calendar(files.event(noon(2))))
    assert collection.joined(whole).count(b"BEGIN:VEVENT") == 1
