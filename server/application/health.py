"""Health checks and metrics: is the process alive (liveness), can it work (readiness), and its numbers."""

import hmac
from math import nan

from litestar import Response, get
from litestar.enums import MediaType
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from server.access.authentication import HOW
from server.access.person import person_of
from server.core.errors import BusyTryAgain, Forbidden, Unauthenticated
from server.core.http import Request
from server.core.proxies import came_from_here
from server.core.settings import settings
from server.operator.read_health import read_numbers, read_readiness

WAITING = Gauge("rongtong_notices_waiting", "Notices and letters owed and not yet sent.")
DEAD = Gauge("rongtong_notices_dead", "Notices given up; `rongtong outbox replay` sends them again.")
OLDEST = Gauge("rongtong_notice_oldest_seconds", "Age of the oldest notice that is due.")
WEBHOOKS = Gauge("rongtong_webhook_deliveries_waiting", "Deliveries owed to webhooks and not yet taken.")
FAILING = Gauge("rongtong_webhooks_failing", "Webhooks that take nothing at present, or were switched off for it.")
UNREAD = Gauge("rongtong_foreign_calendars_failing", "Foreign calendars that could not be read at the last try.")

TRIGGERS_ONLY = "this database user could rewrite the audit log; only triggers stop it (docs/audit.md)"

GAUGES = {
    "waiting": WAITING, "dead": DEAD, "oldest": OLDEST, "webhooks": WEBHOOKS, "failing": FAILING, "unread": UNREAD,
}  # fmt: skip


@get("/health/live", media_type=MediaType.TEXT, include_in_schema=False)
async def live() -> str:
    """Answer while the process runs."""
    return "alive"


@get("/health/ready", media_type=MediaType.TEXT, include_in_schema=False)
async def ready(request: Request) -> str:
    """Answer 200 while the database answers, 503 otherwise.

    A second line says what an operator should know, to this machine and to whom RONGTONG_METRICS_TOKEN was given: it
    tells where a break-in would pay.
    """
    try:
        rewritable = await read_readiness()
    except Exception as error:
        raise BusyTryAgain("the database does not answer", retry_after=5) from error
    return f"ready\n{TRIGGERS_ONLY}" if rewritable and _is_meant(request) else "ready"


@get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response[bytes]:
    """Numbers for Prometheus, to whom RONGTONG_METRICS_TOKEN was given; also to this machine, and to operators."""
    if not _is_meant(request):
        await _refuse_unless_operator(request)
    try:
        numbers = await read_numbers()
    except BusyTryAgain:  # those of the process are wanted most just then
        numbers = dict.fromkeys(GAUGES, nan)
    for name, gauge in GAUGES.items():
        gauge.set(numbers[name])
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _is_meant(request: Request) -> bool:
    return came_from_here(request.scope) or _has_token(request)


def _has_token(request: Request) -> bool:
    wanted = settings().metrics_token
    shown = request.headers.get("authorization", "")
    return bool(wanted) and hmac.compare_digest(shown.encode(), f"Bearer {wanted}".encode())


async def _refuse_unless_operator(request: Request) -> None:
    person = await person_of(request)
    if person is None:
        raise Unauthenticated(HOW)
    if not person.is_operator:
        raise Forbidden("this is for the operators of the platform", needs="operator")


ROUTES = [live, ready, metrics]
