"""One mail about many bookings that one act has changed: all of them to read, and for the calendar a file for each.

An iTIP object holds one UID (RFC 5546 3.2.2, 3.2.5), so bookings of one series share a file and others have their own.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from server.calendars import lines, mime, reply_address, texts
from server.calendars.events import resource_name
from server.calendars.invitations import (
    events_for,
    headers,
    message_id,
    readable,
    subject,
    with_invitation,
    wrap,
)
from server.core.translations import N_, translator
from server.outbox.facts import Facts
from server.web.times import spell

Told = tuple[str, Facts]  # what kind of news, about what

SUBJECTS = {
    "cancelled": N_("%(count)s bookings cancelled: %(resources)s"),
    "owner_cancelled": N_("%(count)s bookings cancelled: %(resources)s"),
    "moved": N_("%(count)s bookings moved: %(resources)s"),
    "owner_moved": N_("%(count)s bookings moved: %(resources)s"),
}
SUBJECT = N_("News of %(count)s bookings: %(resources)s")
NAMED = 2  # resources in the subject


def message(
    told: Sequence[Told], *, recipient: str, locale: str, sender: str, base_url: str, plus: bool = False
) -> bytes:
    """Write the mail for one recipient: the same bytes for the same news. Its Message-ID is that of the first."""
    to, mailbox = lines.bare(recipient), lines.bare(sender)
    told = [
        (kind, replace(one, purpose=lines.clean(one.purpose), reason=lines.clean(one.reason))) for kind, one in told
    ]
    objects = _objects(told, to, locale, mailbox, plus=plus) if to.lower() != mailbox.lower() else []
    text = _text(told, locale, base_url, files=bool(objects))
    if len(objects) == 1:
        [(method, ics)] = objects
        body = with_invitation(text, method, ics)
    elif objects:
        body = mime.multipart("mixed", [mime.multipart("alternative", text), *map(_file, enumerate(objects, 1))])
    else:
        body = mime.multipart("alternative", text)
    uids = {one.uid for _, one in told}
    address = reply_address.address(mailbox, told[0][1].uid, to) if plus and objects and len(uids) == 1 else mailbox
    date = max(one.stamp for _, one in told)
    return (
        headers(_subject(told, locale), to, locale, date, message_id(told[0][0], to, told[0][1], mailbox), address)
        + body
    )


def _objects(told: Sequence[Told], to: str, locale: str, mailbox: str, *, plus: bool) -> list[tuple[str, bytes]]:
    """One iTIP object for each UID and method, in order; of what changed twice only the last."""
    grouped: dict[tuple[str, str], dict[object, Facts]] = {}
    for kind, one in told:
        if method := texts.METHODS.get(kind):
            grouped.setdefault((one.uid, method), {})[one.recurrence_id] = one
    found = []
    for (uid, method), facts in grouped.items():
        organizer = reply_address.address(mailbox, uid, to) if plus else mailbox
        events = [event for one in facts.values() for event in events_for(method, to, locale, one, organizer)]
        found.append((method, wrap(method, facts.values(), events)))
    return found


def _file(numbered: tuple[int, tuple[str, bytes]]) -> bytes:
    """A calendar part that is also a file: Thunderbird, Evolution and Apple Mail offer each of them."""
    number, (method, ics) = numbered
    disposition = f'Content-Disposition: attachment; filename="{number}.ics"'
    return mime.part(f'text/calendar; charset=UTF-8; method={method}; name="{number}.ics"', ics, disposition)


def _subject(told: Sequence[Told], locale: str) -> str:
    kinds = {kind for kind, _ in told}
    names = list(dict.fromkeys(resource_name(one, locale) for _, one in told))
    more = " …" if len(names) > NAMED else ""
    said = SUBJECTS.get(told[0][0], SUBJECT) if len(kinds) == 1 else SUBJECT
    known = {"count": len(told), "resources": ", ".join(names[:NAMED]) + more}
    return translator(locale).gettext(said) % known


def _text(told: Sequence[Told], locale: str, base_url: str, *, files: bool) -> list[bytes]:
    _ = translator(locale).gettext
    opening = _("All of these have changed at once.")
    if files:
        opening = _(
            "All of these have changed at once. The calendar files in this mail bring them into your calendar. A"
            " program that takes only one file of a mail needs the others opened by hand; a calendar subscription"
            " shows everything by itself."
        )
    reasons = {one.reason for _, one in told}
    rows = [(_("Bookings"), "\n".join(_line(kind, one, locale, reason=len(reasons) > 1) for kind, one in told))]
    rows += [(_("Reason"), told[0][1].reason)] if reasons != {""} and len(reasons) == 1 else []
    return readable(locale, opening, rows, told[0][1].recipient_name, base_url)


def _line(kind: str, one: Facts, locale: str, *, reason: bool) -> str:
    _ = translator(locale).gettext
    told = [f"• {subject(kind, locale, one)}"]
    if one.previous_starts_at and one.previous_ends_at:
        told.append(f"{_('Until now')}: {spell(one.previous_starts_at, one.previous_ends_at, one.time_zone, locale)}")
    if one.instead:
        told.append(f"{_('Free instead')}: " + "; ".join(spell(*time, one.time_zone, locale) for time in one.instead))
    told += [f"{_('Reason')}: {one.reason}"] if reason and one.reason else []
    return "\n  ".join(told)
