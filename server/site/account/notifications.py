"""The page on which people choose how news reach them."""

from functools import partial
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.access.person import Person
from server.core.http import Request
from server.core.translations import N_
from server.notifications import choose
from server.notifications.schemas import SettingsPatch
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

NOTIFICATIONS = "/account/notifications"
EVENTS = {
    "own_bookings": (
        N_("Your bookings"),
        N_("What belongs into your calendar, asks for an answer or takes a right away always comes at once."),
    ),
    "reminders": (N_("Reminders"), N_("A day and an hour before a booking, and before a qualification ends.")),
    "decisions": (N_("Requests to decide"), N_("Somebody asks for a resource that you run.")),
    "resource_news": (N_("News of resources"), N_("Bookings of resources that you run are made, moved or cancelled.")),
}
DELIVERIES = {"now": N_("at once"), "digest": N_("in one mail a day, at seven in the morning"), "off": N_("not at all")}
FIELDS = dict.fromkeys(EVENTS, N_("Choose one of what is offered."))


@get(NOTIFICATIONS, opt=open_to("person", "read"))
async def notifications(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Show how each sort of news reaches one."""
    return await _notifications(request, person)


async def _notifications(request: Request, person: Person, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    done = N_("Saved.") if request.query_params.get("done") else ""
    shown = {"settings": await choose.settings_of(person.account_id), "form": form, "done": done}
    return unkept(request, "account/notifications.html", status=status, events=EVENTS, deliveries=DELIVERIES, **shown)


@post(NOTIFICATIONS, opt=open_to("person", "manage"))
async def save_notifications(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Choose."""
    form = await forms.read(request, SettingsPatch, FIELDS)
    async with refused_on(form, partial(_notifications, request, person), at_field(FIELDS)):
        await choose.choose(form.wanted, person)
    return redirect(f"{NOTIFICATIONS}?done=1")


ROUTES = [notifications, save_notifications]
