"""The periodic jobs: what time itself brings about. The worker runs every sweep in each of its rounds.

A sweep is a plain function that finds by the database clock what is due, does it, and returns how many things it did.
Doing it twice, late, or in two workers at once changes nothing more: each thing is looked at again under its lock.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from server.accounts.sweep import forget_spent
from server.audit.seal import seal
from server.bookings.attendance.release_unused import complete_over, release_unused
from server.bookings.lifecycle.expire import expire_holds, expire_requests
from server.bookings.lifecycle.remind import remind_deciders, remind_guests
from server.bookings.lifecycle.tell_place import tell_place
from server.bookings.waitlist.offers import offer_freed_time
from server.caldav.repeat_further import repeat_further
from server.notifications.digest import send_digests
from server.privacy.retention import forget
from server.qualifications.remind import remind_of_expiry
from server.reports.export import write_exports
from server.resources.imports.run_imports import run_imports
from server.resources.keep_searchable import keep_searchable
from server.resources.opening.holidays import fill_missing
from server.webhooks.forget import forget_deliveries

SWEEPS: tuple[Callable[[], Awaitable[int]], ...] = (
    keep_searchable,
    fill_missing,
    expire_holds,
    expire_requests,
    release_unused,
    complete_over,
    offer_freed_time,
    remind_of_expiry,
    remind_deciders,
    remind_guests,
    tell_place,
    send_digests,
    forget,
    forget_deliveries,
    seal,
    repeat_further,
    forget_spent,
    run_imports,
    write_exports,
)

log = structlog.get_logger()


async def sweep(stop: asyncio.Event | None = None) -> int:
    """Run every sweep once, or until the worker stops; return how many things were done.

    One that fails is logged and stops no other.
    """
    done = 0
    for one in SWEEPS:
        if stop and stop.is_set():
            break
        try:
            done += await one()
        except Exception as error:
            log.error("sweep failed; it is tried again in the next round", sweep=one.__qualname__, exc_info=error)
    return done
