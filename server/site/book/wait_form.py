"""The form of a place in the wait list."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.waitlist.wait import LONGEST, NewWaiting
from server.core.translations import N_
from server.web import time_form
from server.web.forms import Form

MINUTES = N_("Say for how many minutes; they must fit into the time.")


def read_wanted(sent: Mapping[str, str], zone: ZoneInfo) -> Form[NewWaiting]:
    """Read for what to wait. What is wrong is told at its field."""
    time = time_form.read(sent, zone, 10_000)
    kept = {name: sent.get(name, "").strip() for name in ("kind", "owner_id", "resource_id", "minutes")}
    entered, errors = time.entered | kept, dict(time.errors)
    minutes = int(kept["minutes"][:7]) if kept["minutes"].isascii() and kept["minutes"].isdigit() else 0
    if not minutes or (time.value and time.value.span.length < timedelta(minutes=minutes)):
        errors["minutes"] = MINUTES
    if time.value and time.value.span.length > LONGEST:
        errors["end_date"] = N_("Wait for at most a year.")
    if errors or time.value is None:
        return Form(entered, errors)
    what = {name: kept[name] for name in ("kind", "owner_id", "resource_id") if kept[name]}
    when = {"from": time.value.span.starts_at, "to": time.value.span.ends_at}
    try:
        wanted = msgspec.convert(
            what | when | {"minutes": minutes, "units": time.value.units}, NewWaiting, strict=False
        )
    except msgspec.ValidationError:
        return Form(entered, {"": N_("Begin again from the page of what you wait for.")})
    return Form(entered, {}, wanted)
