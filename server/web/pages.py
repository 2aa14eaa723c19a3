"""The HTML routes: start page, what each error means, and the documentation of the API."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from server.accounts import pages as accounts
from server.accounts import pages_account
from server.audit import pages as audit
from server.bookings import pages as bookings
from server.bookings import pages_basket as basket
from server.bookings import pages_book as booking
from server.bookings import pages_calendar, pages_closures, pages_fleet
from server.caldav import pages as programs
from server.calendars import pages as calendars
from server.bookings import pages_change as booking_changes
from server.bookings import pages_group as groups
from server.bookings import pages_inbox as inbox
from server.bookings import pages_series as series
from server.bookings import pages_series_one as series_one
from server.bookings import pages_wait as waitlist
from server.errors import NotFound
from server.foreign import pages as foreign
from server.members import pages as members
from server.reports import pages as reports
from server.displays import pages as displays
from server.errors import NotFound
from server.help import pages as help_pages
from server.members import pages as members
from server.operator.routes import OPERATOR_PAGES
from server.qualifications import pages as qualifications
from server.resources import pages as resources
from server.resources import pages_days, pages_hours, pages_rules
from server.resources import pages_import, pages_manage, pages_photos
from server.members import pages_members
from server.notifications import pages as notifications
from server.organizations import pages as organizations
from server.organizations import pages_new
from server.privacy import pages as privacy
from server.resources import pages as resources
from server.tokens import pages as tokens
from server.web import mailbox, static
from server.web.look import page
from server.web.problem_texts import problem, problems
from server.web.start import offers
from server.webhooks import pages as webhooks


@get("/", include_in_schema=False)
async def start(request: Request[Any, Any, Any]) -> Response[str]:
    """Say what this is, what is shared and when it is next free, and where everything else is."""
    return page(request, "start.html", offers=await offers(), asked=resources.asked_by(request), **resources.choices())


@get("/problems", include_in_schema=False)
async def list_problems(request: Request[Any, Any, Any]) -> Response[str]:
    """List every error of the API."""
    return page(request, "problems.html", problems=problems())


@get("/problems/{slug:str}", include_in_schema=False)
async def show_problem(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[str]:
    """Say what an error means and what would make it a yes: where the `type` of a problem leads."""
    found = problem(slug)
    if found is None:
        raise NotFound("there is no such error")
    return page(request, "problem.html", problem=found)


@get("/api/docs", include_in_schema=False)
async def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the OpenAPI document with Swagger UI."""
    return page(request, "docs.html")


PAGES = [
    start,
    list_problems,
    show_problem,
    docs,
    *accounts.ROUTES,
    *pages_account.ROUTES,
    *members.ROUTES,
    *resources.ROUTES,
    *pages_manage.ROUTES,
    *pages_photos.ROUTES,
    *pages_import.ROUTES,
    *reports.ROUTES,
    *booking.ROUTES,
    *bookings.ROUTES,
    *pages_fleet.ROUTES,
    *pages_calendar.ROUTES,
    *pages_closures.ROUTES,
    *pages_hours.ROUTES,
    *pages_rules.ROUTES,
    *pages_days.ROUTES,
    *calendars.ROUTES,
    *programs.ROUTES,
    *foreign.ROUTES,
    *organizations.ROUTES,
    *pages_new.ROUTES,
    *pages_members.ROUTES,
    *tokens.ROUTES,
    *webhooks.ROUTES,
    *notifications.ROUTES,
    *privacy.ROUTES,
    *audit.ROUTES,
    *help_pages.ROUTES,
    *displays.ROUTES,
    *OPERATOR_PAGES,
    *booking_changes.ROUTES,
    *inbox.ROUTES,
    *basket.ROUTES,
    *groups.ROUTES,
    *series.ROUTES,
    *series_one.ROUTES,
    *waitlist.ROUTES,
    *qualifications.ROUTES,
    *mailbox.ROUTES,
    static.serve,
]
