"""libical's check against the tables of RFC 5546 passes all that we write, and catches what is broken."""

import re

import httpx
import pytest

from server.calendars import invitations
from tests import factories
from tests.calendars.sample import FACTS, SENDER
from tests.calendars.test_feeds import MONDAY, World, read, subscribe, world
from tests.interop import obtain
from tests.interop.libical import Libical

__all__ = ["world"]  # a fixture
TO = "guest@sme.example"


@pytest.fixture(scope="module")
def library() -> Libical:
    return Libical(obtain.libical())


def request(method: str = "REQUEST") -> bytes:
    return invitations.invitation(method, TO, "zh-CN", FACTS, SENDER)


async def test_feeds_and_free_busy_pass(library: Libical, client: httpx.AsyncClient, world: World) -> None:
    await factories.booking(world.resource_id, world.sme, MONDAY, purpose="金相; 三件")
    views = {"busy": world.other, "member": world.sme, "owner": world.owner}
    for view, person in views.items():
        path = await subscribe(client, person, scope="resource", resource_id=world.resource_id, view=view)
        feed = (await read(client, path)).content
        assert feed.count(b"BEGIN:VEVENT") == 1
        assert library.complaints(feed) == [], view
        free_busy = (await read(client, path.replace(".ics", ".ifb"))).content
        assert b"FREEBUSY;" in free_busy
        assert library.complaints(free_busy) == [], view


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_invitations_pass(library: Libical, method: str) -> None:
    assert library.complaints(request(method)) == []


def test_the_answers_that_we_are_tested_with_pass(library: Libical) -> None:
    assert library.complaints(reply(request())) == []


def reply(asked: bytes) -> bytes:
    """What a guest's program answers: what was asked, with the answer and without what is for guests only."""
    answered = asked.replace(b"METHOD:REQUEST", b"METHOD:REPLY").replace(b"PARTSTAT=NEEDS-ACTION", b"PARTSTAT=ACCEPTED")
    return answered.replace(b";RSVP=TRUE", b"")


@pytest.mark.parametrize("missing", ["ORGANIZER", "UID", "DTSTAMP", "DTSTART", "ATTENDEE"])
def test_control_a_broken_event_is_caught(library: Libical, missing: str) -> None:
    broken = re.sub(rb"(?m)^" + missing.encode() + rb"[^\r]*\r\n( [^\r]*\r\n)*", b"", _event_of(request()))
    assert library.complaints(broken) != []


def _event_of(calendar: bytes) -> bytes:
    """The calendar without its time zone, whose lines have the same names."""
    return re.sub(rb"(?s)BEGIN:VTIMEZONE.*END:VTIMEZONE\r\n", b"", calendar)
