"""A request stands in the calendar of who made it, as tentative, until it is decided."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from server.bookings.capacity import notify
from server.calendars.invitations import message
from server.core import db
from server.outbox.facts import Facts
from server.replies.receive import receive
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.bookings.lifecycle.test_change import Scene
from tests.bookings.lifecycle.test_expire import DUE_IN
from tests.calendars.guest import GuestCalendar, standing
from tests.replies.shapes import Invited, answer
from tests.times import at
from worker.periodic import sweep

ADA = "ada@example.com"


class Request(Scene):
    """A request, and the calendars of who made it and of a guest."""

    async def asked(self) -> "Request":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, approval="request")
        wanted: dict[str, Any] = {"attendees": [{"email": ADA}]}
        self.booking = (await book(self.client, self.sme, self.resource, **wanted)).json()
        self.mine, self.ada = GuestCalendar(self.sme.actor.email), GuestCalendar(ADA)
        await self.seen(1, 0)
        return self

    async def seen(self, mine: int, hers: int) -> None:
        """Both calendars show what the database says, after so many mails."""
        for one, mails in ((self.mine, mine), (self.ada, hers)):
            assert (await one.fetch()).shown() == await standing(one.email)
            assert one.mails == mails

    def event(self, of: GuestCalendar) -> Any:
        return of.rules[self.booking["uid"]]

    async def invitation(self) -> Invited:
        """The newest mail to who asked."""
        sql = "SELECT kind, locale, facts FROM notice WHERE recipient = $1 ORDER BY position DESC LIMIT 1"
        row: Any = await db.fetchrow(sql, self.sme.actor.email)
        facts = msgspec.json.decode(row["facts"], type=Facts)
        return Invited(
            message(
                kind=row["kind"], recipient=self.sme.actor.email, locale=row["locale"], facts=facts,
                sender="bookings@rongtong.example", base_url="https://rongtong.test", plus=True,
            )
        )  # fmt: skip


@pytest.fixture
async def request_(client: httpx.AsyncClient) -> Request:
    return await Request(client).asked()


async def test_a_request_is_tentative_and_approved_it_is_confirmed(request_: Request) -> None:
    first = request_.event(request_.mine)
    assert (str(first["STATUS"]), int(first["SEQUENCE"])) == ("TENTATIVE", 0)
    await request_.post("approve", request_.owner)
    await request_.seen(2, 1)
    then = request_.event(request_.mine)
    assert (str(then["STATUS"]), int(then["SEQUENCE"]), str(then["UID"])) == ("CONFIRMED", 1, str(first["UID"]))
    assert then["DTSTAMP"].dt > first["DTSTAMP"].dt


@pytest.mark.parametrize("end", ["decline", "cancel", "expire"])
async def test_what_is_declined_withdrawn_or_expired_goes(request_: Request, end: str) -> None:
    if end == "expire":
        await db.execute(DUE_IN, timedelta(0))
        await sweep()
    else:
        await request_.post(end, request_.owner if end == "decline" else request_.sme)
    await request_.seen(2, 0)
    assert request_.mine.shown() == []


async def test_moves_and_words_of_a_request_reach_the_calendar(request_: Request) -> None:
    await request_.patch(starts_at=at(13), ends_at=at(15))
    await request_.seen(2, 0)
    assert int(request_.event(request_.mine)["SEQUENCE"]) == 1
    await request_.patch(purpose="金相")
    await request_.seen(3, 0)
    assert int(request_.event(request_.mine)["SEQUENCE"]) == 1
    assert "金相" in str(request_.event(request_.mine)["DESCRIPTION"])


async def test_who_declines_the_tentative_event_withdraws_the_request(request_: Request) -> None:
    assert await receive(answer(await request_.invitation(), "DECLINED")) == "cancelled"
    await request_.seen(2, 0)


async def test_a_cancel_of_what_was_never_promised_says_cancelled(request_: Request) -> None:
    await request_.post("decline", request_.owner)
    invited = await request_.invitation()
    assert (invited.method, str(invited.event["STATUS"]), int(invited.event["SEQUENCE"])) == ("CANCEL", "CANCELLED", 1)


async def test_if_guests_were_told_at_once_they_would_hold_what_nobody_promised(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    from server.bookings.lifecycle import move

    scene = await Request(client).asked()
    monkeypatch.setattr(move, "invited", notify.guests)
    await scene.patch(starts_at=at(13), ends_at=at(15))
    assert (await scene.ada.fetch()).shown() != await standing(ADA)
