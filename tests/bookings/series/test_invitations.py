"""What a guest's calendar shows after each change of a series is what the database says."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from msgspec.structs import replace

from server.bookings.series.pattern import is_stored_by_all
from server.core.recurrence import parse
from tests.bookings.series.test_series import Course
from tests.calendars.guest import GuestCalendar, standing
from tests.times import at

ADA = "ada@example.com"
ANY = {"If-Match": "*"}


@pytest.fixture
def course(client: httpx.AsyncClient) -> Course:
    return Course(client)


async def agree(*calendars: GuestCalendar) -> None:
    for one in calendars:
        assert (await one.fetch()).shown() == await standing(one.email)


RULES = [
    "FREQ=WEEKLY;COUNT=8",
    "FREQ=DAILY;INTERVAL=3;COUNT=8",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,{day};COUNT=9",
    "FREQ=MONTHLY;BYMONTHDAY={number},-1;COUNT=6",
    "FREQ=MONTHLY;COUNT=5",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTH={month};COUNT=6",
    "FREQ=YEARLY;COUNT=2",
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"])
async def test_changes_of_single_occurrences_reach_the_calendar(course: Course, rule: str, zone: str) -> None:
    await course.begin(time_zone=zone, horizon_days=1100)
    body = course.body(attendees=[{"email": ADA}])
    first = datetime.fromisoformat(body["starts_at"]).astimezone(ZoneInfo(zone))
    rule = rule.format(day=first.strftime("%a")[:2].upper(), number=first.day, month=first.month)
    made = await course.make(attendees=[{"email": ADA}], rule=rule, on_conflict="skip")
    ada, booker = GuestCalendar(ADA), GuestCalendar(course.sme.actor.email)
    await agree(ada, booker)
    assert (ada.mails, booker.mails) == (1, 1)
    ids = [one["id"] for one in made["bookings"]]
    moved = {"starts_at": at(13, days=30), "ends_at": at(15, days=30)}
    await change(course, ids[1], **moved)
    await agree(ada, booker)
    await course.client.post(f"/api/v1/bookings/{ids[0]}/cancel", headers=course.sme.bearer)
    await agree(ada, booker)
    if len(ids) > 3:
        await change(course, ids[3], attendees=[])
        await change(course, ids[2], purpose="anders")
        await agree(ada, booker)
    assert len(booker.others) == 1


async def change(course: Course, id: str, **changes: Any) -> None:
    answer = await course.client.patch(f"/api/v1/bookings/{id}", json=changes, headers=course.sme.bearer | ANY)
    assert answer.status_code == 200, answer.text


async def test_skipped_occurrences_are_not_in_the_invitation(course: Course) -> None:
    await course.begin()
    await course.make(rule="FREQ=DAILY;COUNT=1", starts_at=at(10, days=8), ends_at=at(12, days=8))
    await course.make(rule="FREQ=DAILY;COUNT=4", excluded=[at(9, days=9)], on_conflict="skip")
    booker = GuestCalendar(course.sme.actor.email)
    await agree(booker)
    assert len(booker.shown()) == 3


async def test_an_invitation_without_what_is_missing_would_show_too_much(course: Course) -> None:
    """Negative control: the guest's calendar sees what a wrong invitation would do."""
    await course.begin()
    await course.make(rule="FREQ=DAILY;COUNT=4", excluded=[at(9, days=9)])
    booker = await GuestCalendar(course.sme.actor.email).fetch()
    [uid] = booker.rules
    del booker.rules[uid]["EXDATE"]
    assert booker.shown() != await standing(booker.email)


async def test_approved_occurrences_enter_the_calendar_one_by_one(course: Course) -> None:
    await course.begin(approval="request")
    made = await course.make(attendees=[{"email": ADA}])
    ada = GuestCalendar(ADA)
    await agree(ada)
    assert ada.shown() == []
    for one in made["bookings"][:2]:
        await course.client.post(f"/api/v1/bookings/{one['id']}/approve", headers=course.owner.bearer)
        await agree(ada)
    assert len(ada.shown()) == 2


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ("FREQ=DAILY;INTERVAL=2", True),
        ("FREQ=WEEKLY;BYDAY=MO,FR", True),
        ("FREQ=MONTHLY;BYDAY=2TU", True),
        ("FREQ=MONTHLY;BYMONTHDAY=15", True),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", False),
        ("FREQ=MONTHLY;BYMONTHDAY=31", False),
        ("FREQ=MONTHLY;BYDAY=5MO", False),
        ("FREQ=DAILY;BYMONTH=3", False),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=1MO", False),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", False),
    ],
)
def test_what_outlook_cannot_store_is_not_sent(rule: str, stored: bool) -> None:
    day = datetime.fromisoformat("2027-03-01T00:00:00Z").date()
    assert is_stored_by_all(replace(parse(f"{rule};COUNT=3")), day) is stored


def test_the_reader_takes_only_one_uid_in_a_message() -> None:
    event = (
        "BEGIN:VEVENT\r\nUID:{}\r\nSEQUENCE:0\r\nDTSTART:20270301T000000Z\r\nDTEND:20270301T010000Z\r\nEND:VEVENT\r\n"
    )
    both = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n" + event.format(1) + event.format(2) + "END:VCALENDAR\r\n"
    assert len(Calendar.from_ical(both).walk("VEVENT")) == 2
    with pytest.raises(AssertionError, match="one UID"):
        GuestCalendar(ADA).take(both.encode())
