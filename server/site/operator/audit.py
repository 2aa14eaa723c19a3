"""The operator's page of the audit log: who did what, when and to what."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get

from server.audit import views
from server.core import http
from server.core.http import Request
from server.core.translations import N_
from server.resources.field_names import FIELD_NAMES
from server.site.operator.page_support import MANAGE, PAGE, asked, shown
from server.site.operator.texts import ACTORS
from server.site.organization.audit_words import MEMBERS, NOUNS, VERBS
from server.web.forms import Form
from server.web.render import reader_zone

FIELDS = ("noun", "verb", "object", "actor", "organization", "from", "to")
NO_ID = N_("An id has 36 characters, such as 018f3a2c-0000-7000-8000-000000000000.")
NO_DAY = N_("Choose a day.")


@get("/operator/audit", opt=MANAGE)
async def audit(request: Request) -> Response[str]:
    """Search the log, the newest first."""
    entered = {name: asked(request, name) for name in FIELDS}
    zone = ZoneInfo(reader_zone(request))
    errors: dict[str, str] = {}
    wanted = views.Wanted(
        noun=entered["noun"] or None,
        verb=entered["verb"] or None,
        object=_id(entered, "object", errors),
        actor=_id(entered, "actor", errors),
        organization=_id(entered, "organization", errors),
        from_=_day(entered, "from", zone, errors),
        to=_day(entered, "to", zone, errors, days=1),
    )
    rows = [] if errors else await views.search(wanted, http.after(request.query_params.get("cursor")), PAGE + 1)
    found = http.page(rows, PAGE, key=lambda entry: entry.id)
    return shown(
        request,
        "audit",
        form=Form[Any](entered, errors),
        found=found,
        members=MEMBERS | FIELD_NAMES,
        nouns=NOUNS,
        verbs=VERBS,
        actors=ACTORS,
        status=422 if errors else 200,
    )


def _id(entered: dict[str, str], field: str, errors: dict[str, str]) -> UUID | None:
    try:
        return UUID(entered[field]) if entered[field] else None
    except ValueError:
        errors[field] = NO_ID
        return None


def _day(entered: dict[str, str], field: str, zone: ZoneInfo, errors: dict[str, str], days: int = 0) -> datetime | None:
    """The midnight with which a day begins where the operator is, or with which it ends."""
    if not entered[field]:
        return None
    try:
        start = datetime.fromisoformat(entered[field][:10]).replace(tzinfo=zone)
        return (start + timedelta(days=days)).astimezone(UTC)
    except (ValueError, OverflowError):
        errors[field] = NO_DAY
        return None


ROUTES = [audit]
