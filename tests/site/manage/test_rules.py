"""The pages of booking rules and terms."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from server.resources import views
from server.resources.rules.schemas import DEFAULTS, Rules, laid_over
from server.site.manage import rule_form
from server.site.manage.rule_fields import GROUPS, groups
from tests import factories
from tests.site.visiting import signed_in

FIELDS = [field for _, fields in groups() for field in fields]
EVERYTHING: dict[str, Any] = {
    "approval": "request",
    "approval_first_time": True,
    "approval_above_minutes": None,
    "approval_outside": [{"days": ["mon", "wed"], "opens": "09:00", "closes": "17:00"}],
    "decide_within_minutes": 2880,
    "min_minutes": 90,
    "max_minutes": 480,
    "blocks": [
        {"days": ["mon", "tue", "wed"], "opens": "17:30", "closes": "20:30", "days_long": 0, "needs_previous": False},
        {"days": ["fri"], "opens": "21:00", "closes": "09:00", "days_long": 1, "needs_previous": True},
    ],
    "lead_minutes": 0,
    "horizon_days": 30,
    "holidays": "open",
    "audience": "partners",
    "released_at": "09:00",
    "quotas": [
        {"per": "member", "period": "day", "bookings": 2, "across": "owner",
         "during": [{"days": ["mon"], "opens": "08:00", "closes": "12:00"}]},
        {"per": "organization", "period": None, "minutes": 90, "across": "resource"},
    ],
    "check_in_required": True,
    "release_after_minutes": 30,
    "suspend_at_strikes": 3,
}  # fmt: skip


async def owned(**rules: Any) -> tuple[factories.Person, UUID]:
    owner = await factories.person(kind="university", locale="en")
    return owner, await factories.resource(owner, **rules)


def test_every_rule_stands_in_the_form() -> None:
    named = {field.name for _, fields in GROUPS for field in fields}
    assert named == {field.name for field in msgspec.structs.fields(Rules)} - {"for_audience"}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_what_the_form_shows_is_read_as_the_same_rules(locale: str) -> None:
    form, said = rule_form.read(rule_form.entered(EVERYTHING, FIELDS, locale), FIELDS)
    assert form.errors == {}
    assert said.keys() == EVERYTHING.keys()
    assert laid_over(DEFAULTS, said) == laid_over(DEFAULTS, EVERYTHING)


async def test_rules_are_read_in_words_before_they_are_saved(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/rules"
    await reader.open(path)
    await reader.send(path, min_minutes="2", **{"min_minutes-unit": "h"})
    assert "A booking lasts 2 hours or longer." in reader.text
    assert "Nothing is saved yet." in reader.text
    assert (await views.resource(resource, owner.actor)).own_rules == {}
    await reader.send(path, save="1")
    assert (await views.resource(resource, owner.actor)).own_rules == {"min_minutes": 120}
    await reader.send(path, save="1", min_minutes="")
    assert (await views.resource(resource, owner.actor)).own_rules == {}


async def test_a_resource_takes_over_what_its_organization_says_unless_it_says_otherwise(
    client: httpx.AsyncClient,
) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    await reader.open("/manage/rules")
    await reader.send("/manage/rules", save="1", max_minutes="8", **{"max_minutes-unit": "h"})
    path = f"/manage/resources/{resource}/rules"
    assert "If empty: 8 hours" in await reader.open(path)
    await reader.send(path, save="1", **{"max_minutes-none": "none"})
    found = await views.resource(resource, owner.actor)
    assert (found.own_rules, found.rules.max_minutes) == ({"max_minutes": None}, None)


async def test_other_rules_hold_for_a_circle_of_guests(client: httpx.AsyncClient) -> None:
    owner, resource = await owned(approval="request", for_audience={"partners": {"min_minutes": 30}})
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/rules"
    assert 'name="audience"' not in await reader.open(f"{path}?circle=own")
    await reader.send(path, save="1", approval="instant")
    found = await views.resource(resource, owner.actor)
    assert found.rules.for_audience == {"own": {"approval": "instant"}, "partners": {"min_minutes": 30}}
    assert found.rules.approval == "request"


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"min_minutes": "two"}, "min_minutes"),
        ({"min_minutes": "0"}, "min_minutes"),
        ({"min_minutes": "90", "max_minutes": "60"}, "max_minutes"),
        ({"horizon_days": "5000"}, "horizon_days"),
        ({"bookable_hours": "in the morning"}, "bookable_hours"),
        ({"blocks": "Mon 09:00-12:00\nMon 11:00-13:00"}, "blocks"),
        ({"released_at": "9"}, "released_at"),
        ({"approval": "maybe"}, "approval"),
        ({"q0-bookings": "2", "q0-hours": "3"}, "q0-hours"),
        ({"q0-bookings": "many"}, "q0-bookings"),
    ],
)
def test_what_is_wrong_with_rules_is_said_at_its_field(entered: dict[str, str], field: str) -> None:
    assert list(rule_form.read(entered, FIELDS)[0].errors) == [field]


async def test_wrong_rules_are_told_with_a_link_to_the_field_and_not_saved(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/rules"
    await reader.open(path)
    await reader.send(path, save="1", min_minutes="two", horizon_days="20")
    assert (reader.status, reader.errors) == (422, ["min_minutes"])
    assert 'value="20"' in reader.text
    assert (await views.resource(resource, owner.actor)).own_rules == {}


async def test_who_saves_rules_after_another_did_overwrites_nothing(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader, other = await signed_in(client, owner), await signed_in(client, await _colleague(owner))
    path = f"/manage/resources/{resource}/rules"
    await reader.open(path)
    await other.open(path)
    await other.send(path, save="1", min_minutes="60")
    await reader.send(path, save="1", min_minutes="30")
    assert reader.status == 412
    assert (await views.resource(resource, owner.actor)).own_rules == {"min_minutes": 60}


async def _colleague(owner: factories.Person) -> factories.Person:
    return await factories.person(owner.actor.organization_id, role="manager")


async def test_other_rules_hold_on_some_days_and_are_taken_back(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/days"
    await reader.open(path)
    days = {"first_day": "2027-03-01", "last_day": "2027-03-05", "reason": "Fair"}
    await reader.send(path, **days)
    assert "Say at least one rule" in reader.text
    for wrong in ({"first_day": ""}, {"last_day": "2027-02-01"}, {"reason": "x" * 201}):
        await reader.send(path, min_minutes="60", **(days | wrong))
        assert (reader.status, reader.errors) == (422, list(wrong))
    await reader.send(path, **days, min_minutes="4", **{"min_minutes-unit": "h"})
    assert "A booking lasts 4 hours or longer." in reader.text
    assert "Mon 1 Mar 2027 – Fri 5 Mar" in reader.text
    lift = reader.text.split('/lift"')[0].rpartition('action="')[2] + "/lift"
    await reader.send(lift)
    assert "The same rules hold on all days." in reader.text


async def test_terms_get_a_new_version_and_the_old_ones_stay(client: httpx.AsyncClient) -> None:
    owner, resource = await owned()
    reader = await signed_in(client, owner)
    path = f"/manage/resources/{resource}/terms"
    await reader.open(path)
    await reader.send(path, text=" ")
    assert (reader.status, reader.errors) == (422, ["text"])
    await reader.send(path, text="Wear gloves")
    await reader.send(path, text="Wear gloves and goggles")
    assert "Version 2, which counts now" in reader.text
    assert "Wear gloves</p>" in reader.text
