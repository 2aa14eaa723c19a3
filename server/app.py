"""create_app(): routes, plugins, lifespan."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide

from server import gates, health, openapi, problems
from server.access import csrf, permissions
from server.access.authentication import by, viewer
from server.access.person import person, recognise
from server.accounts import api as accounts
from server.accounts import api_accounts
from server.audit import api as audit
from server.bookings import api as bookings
from server.bookings import (
    api_attendance,
    api_closures,
    api_groups,
    api_hand_over,
    api_holds,
    api_series,
    api_strikes,
    api_waitlist,
)
from server.caldav import api as app_passwords
from server.caldav import mount as caldav
from server.calendars import api as calendars
from server.core import db, logs, rate_limits
from server.core.doorbell import bell
from server.core.settings import settings
from server.displays import api as displays
from server.foreign import api as foreign
from server.identities import api as identities
from server.members import api as members
from server.members import api_joining
from server.notifications import api as notifications
from server.operator import api as operator
from server.operator import api_accounts as operator_accounts
from server.operator import api_categories, api_holidays
from server.organizations import api as organizations
from server.organizations import api_documents, api_operator
from server.privacy import api as privacy
from server.qualifications import api as qualifications
from server.qualifications import api_applications
from server.reports import api as reports
from server.resources import api as resources
from server.resources import api_imports, api_own, api_photos, api_rules, api_units
from server.site.account import identity as identity_pages
from server.tokens import api as tokens
from server.web.routes import PAGES
from server.webhooks import api as webhooks

BODY_LIMIT = 256 * 1024  # bytes; imports set their own
GARBAGE = 20_000  # objects made between two collections; the usual 700 are fewer than one answer makes


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    """Keep the database pool and the worker's bell open."""
    given = settings()
    logs.configure(given.log_level)
    gc.freeze()  # the program itself never becomes garbage
    gc.set_threshold(GARBAGE, 20, 20)
    async with (
        db.connected(given.database_url, size=given.pool_size, statement_cache_size=given.statement_cache_size),
        bell(given.redis_url),
        rate_limits.shared(given.redis_url),
    ):
        yield


def create_app() -> Litestar:
    routes = [
        *accounts.ROUTES,
        *api_accounts.ROUTES,
        *organizations.ROUTES,
        *api_documents.ROUTES,
        *api_operator.ROUTES,
        *members.ROUTES,
        *api_joining.ROUTES,
        *tokens.ROUTES,
        *resources.ROUTES,
        *api_rules.ROUTES,
        *api_units.ROUTES,
        *api_own.ROUTES,
        *api_photos.ROUTES,
        *api_imports.ROUTES,
        *bookings.ROUTES,
        *api_hand_over.ROUTES,
        *api_holds.ROUTES,
        *api_attendance.ROUTES,
        *api_strikes.ROUTES,
        *qualifications.ROUTES,
        *api_applications.ROUTES,
        *api_groups.ROUTES,
        *api_waitlist.ROUTES,
        *api_series.ROUTES,
        *api_closures.ROUTES,
        *calendars.ROUTES,
        *identities.ROUTES,
        *webhooks.ROUTES,
        *foreign.ROUTES,
        *app_passwords.ROUTES,
        *audit.ROUTES,
        *notifications.ROUTES,
        *privacy.ROUTES,
        *displays.ROUTES,
        *reports.ROUTES,
        *operator.ROUTES,
        *operator_accounts.ROUTES,
        *api_holidays.ROUTES,
        *api_categories.ROUTES,
    ]
    v1 = Router("/api/v1", route_handlers=openapi.described(routes))
    app = Litestar(
        route_handlers=[v1, *calendars.FEED_ROUTES, *caldav.ROUTES, *health.ROUTES, *identity_pages.ROUTES, *PAGES],
        guards=[recognise, csrf.guard, permissions.guard],
        dependencies={"by": Provide(by), "viewer": Provide(viewer), "person": Provide(person)},
        exception_handlers=problems.HANDLERS,
        lifespan=[lifespan],
        openapi_config=openapi.config(),
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
    )
    return gates.put_before(app)
