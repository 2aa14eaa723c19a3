"""create_app(): routes, plugins, lifespan (the composition root)."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide

from server.access import csrf, permissions, repeatable
from server.access.authentication import by, viewer
from server.access.person import person, recognise
from server.api import (
    account,
    app_passwords,
    attendance,
    audit,
    bookings,
    closures,
    displays,
    feeds,
    foreign_calendars,
    groups,
    holds,
    identity_providers,
    imports,
    joining,
    members,
    notifications,
    operator,
    operator_accounts,
    operator_categories,
    operator_holidays,
    operator_organizations,
    organization_documents,
    organizations,
    prices,
    privacy,
    qualification_applications,
    qualifications,
    reports,
    resource_photos,
    resource_rules,
    resources,
    series,
    session,
    strikes,
    tokens,
    waitlist,
    webhooks,
)
from server.application import health, middleware, openapi, problems
from server.application.routes import PAGES
from server.caldav import mount
from server.core import db, logs, rate_limits
from server.core.doorbell import bell
from server.core.settings import settings
from server.demo.demo import refuse_open_demo
from server.operator import open_lasting_key

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
        await open_lasting_key.load()
        if not given.is_local:
            await refuse_open_demo()
        yield


def create_app() -> Litestar:
    routes = [
        *session.ROUTES,
        *account.ROUTES,
        *organizations.ROUTES,
        *organization_documents.ROUTES,
        *operator_organizations.ROUTES,
        *members.ROUTES,
        *joining.ROUTES,
        *tokens.ROUTES,
        *resources.ROUTES,
        *resource_rules.ROUTES,
        *prices.ROUTES,
        *resource_photos.ROUTES,
        *imports.ROUTES,
        *bookings.ROUTES,
        *holds.ROUTES,
        *attendance.ROUTES,
        *strikes.ROUTES,
        *qualifications.ROUTES,
        *qualification_applications.ROUTES,
        *groups.ROUTES,
        *waitlist.ROUTES,
        *series.ROUTES,
        *closures.ROUTES,
        *feeds.ROUTES,
        *identity_providers.ROUTES,
        *webhooks.ROUTES,
        *foreign_calendars.ROUTES,
        *app_passwords.ROUTES,
        *audit.ROUTES,
        *notifications.ROUTES,
        *privacy.ROUTES,
        *displays.ROUTES,
        *reports.ROUTES,
        *operator.ROUTES,
        *operator_accounts.ROUTES,
        *operator_holidays.ROUTES,
        *operator_categories.ROUTES,
    ]
    v1 = Router("/api/v1", route_handlers=openapi.described(routes))
    app = Litestar(
        route_handlers=[v1, *feeds.FEED_ROUTES, *mount.ROUTES, *health.ROUTES, PAGES],
        guards=[recognise, csrf.guard, permissions.guard, repeatable.guard],
        dependencies={"by": Provide(by), "viewer": Provide(viewer), "person": Provide(person)},
        exception_handlers=problems.HANDLERS,
        lifespan=[lifespan],
        openapi_config=openapi.config(),
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
        debug=False,  # or LITESTAR_DEBUG and LITESTAR_PDB in the environment would open pages of their own
        pdb_on_exception=False,
    )
    return middleware.put_before(app)
