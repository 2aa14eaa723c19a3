"""Mails about a booking, with the invitation for kinds that have one (iMIP, RFC 6047). Pure.

The same notice always gives the same bytes, so that a second copy changes nothing in a calendar.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import jinja2
from msgspec.structs import replace

from server.calendars import lines, mime, recurring, reply_address, texts
from server.calendars.events import STATUS, booking, calendar, details, resource_name, where
from server.core.translations import translator
from server.outbox.facts import Facts
from server.web.times import spell, spell_moment

PLATFORM = "=?utf-8?b?6J6N6YCaIFJvbmd0b25n?="  # "融通 Rongtong" (RFC 2047)


@lru_cache(maxsize=1)
def templates() -> jinja2.Environment:
    """Those of mails, each beside what writes it."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("server", ""),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def message(
    *, kind: str, recipient: str, locale: str, facts: Facts, sender: str, base_url: str, plus: bool = False
) -> bytes:
    """Write the whole mail for one recipient. With `plus` an invitation comes from an address that only they know.

    Whoever receives mail at the sender's own address gets no invitation: programs take them for the organizer, who can
    neither accept nor decline, and Exchange throws the mail away.
    """
    to, organizer = lines.bare(recipient), lines.bare(sender)
    facts = replace(facts, purpose=lines.clean(facts.purpose), reason=lines.clean(facts.reason))
    body = mime.multipart("alternative", _written(kind, to, locale, facts, base_url))
    method = texts.METHODS.get(kind)
    if method and to.lower() != organizer.lower():
        organizer = reply_address.address(organizer, facts.uid, to) if plus else organizer
        ics = invitation(method, to, locale, facts, organizer)
        body = with_invitation(_written(kind, to, locale, facts, base_url), method, ics)
    return _headers(kind, to, locale, facts, organizer) + body


def with_invitation(written: list[bytes], method: str, ics: bytes) -> bytes:
    """Put one iTIP object beside the text, in the shape that most programs know (RFC 6047 2.4)."""
    in_line = mime.part(f"text/calendar; charset=UTF-8; method={method}", ics)
    attached = mime.part(
        'application/ics; name="invite.ics"', ics, 'Content-Disposition: attachment; filename="invite.ics"'
    )
    return mime.multipart("mixed", [mime.multipart("alternative", [*written, in_line]), attached])


def invitation(method: str, recipient: str, locale: str, facts: Facts, organizer: str) -> bytes:
    """Write the iTIP object: REQUEST or CANCEL (RFC 5546 3.2.2, 3.2.5) with the recipient as its only attendee."""
    return wrap(method, [facts], events_for(method, recipient, locale, facts, organizer))


def events_for(method: str, recipient: str, locale: str, facts: Facts, organizer: str) -> list[bytes]:
    """Write the events of an iTIP object.

    PARTSTAT is NEEDS-ACTION also for the booker: without it and RSVP Gmail shows no invitation (docs/decisions/0012).
    """
    if method == "CANCEL" and STATUS.get(facts.status) != "CANCELLED":
        facts = replace(facts, status="cancelled")
    answer = ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE" if method == "REQUEST" else ""
    guest = ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT" + answer
    people = (
        lines.mailbox("ORGANIZER", organizer, f"{facts.owner_name} via Rongtong"),
        lines.mailbox("ATTENDEE", recipient, facts.recipient_name or recipient, guest),
        b"X-MICROSOFT-DISALLOW-COUNTER:TRUE\r\n",
    )
    if facts.run is not None and method == "REQUEST":
        return recurring.events(facts, facts.run, locale, people)
    return [booking(facts, "member", locale, people)]


def wrap(method: str, facts: Iterable[Facts], events: Iterable[bytes]) -> bytes:
    """Make an iTIP object of events of one method."""
    about = list(facts)
    zones, last = [one.time_zone for one in about], max(one.ends_at.year for one in about)
    return calendar([f"METHOD:{method}\r\n".encode()], zones, last, events)


def subject(kind: str, locale: str, facts: Facts) -> str:
    """Say the news in a line."""
    known = {
        "resource": resource_name(facts, locale),
        "organization": facts.organization_name,
        "when": _when(facts, locale),
        "qualification": facts.purpose,
    }
    return translator(locale).gettext(_texts(kind, facts)[0]) % known


def _texts(kind: str, facts: Facts) -> tuple[str, str]:
    """Choose subject and opening; "tomorrow" is counted from the day on which the mail was owed, at the resource."""
    zone = ZoneInfo(facts.time_zone)
    tomorrow = facts.stamp.astimezone(zone).date() + timedelta(days=1)
    if kind == "reminder_day" and facts.starts_at.astimezone(zone).date() != tomorrow:
        return texts.REMINDER
    return texts.SUBJECTS[kind], texts.OPENINGS[kind]


def _headers(kind: str, recipient: str, locale: str, facts: Facts, sender: str) -> bytes:
    root = _message_id(sender, facts.uid, recipient)
    id = message_id(kind, recipient, facts, sender)
    return headers(subject(kind, locale, facts), recipient, locale, facts.stamp, id, sender, root)


def headers(
    subject: str, recipient: str, locale: str, date: datetime, message_id: str, sender: str, root: str = ""
) -> bytes:
    """Write the head of a mail; `root` names the thread to which it belongs."""
    fixed = (
        f"From: {PLATFORM} <{sender}>",
        f"To: {recipient}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {root}", f"References: {root}"] if root else ()),
        f"Content-Language: {locale}",
        "Auto-Submitted: auto-generated",  # RFC 3834: no vacation replies
        "MIME-Version: 1.0",
    )
    return mime.header("Subject", subject) + "".join(f"{one}\r\n" for one in fixed).encode("ascii")


def _when(facts: Facts, locale: str) -> str:
    """Say when; of a series when first, and how often."""
    if facts.run is None:
        return spell(facts.starts_at, facts.ends_at, facts.time_zone, locale)
    times = facts.run.times or facts.run.given_up
    first = spell(*times[0], facts.time_zone, locale)
    known = {"when": first, "count": len(times)}
    return translator(locale).gettext("%(when)s, %(count)s times in all") % known if len(times) > 1 else first


def message_id(kind: str, recipient: str, facts: Facts, sender: str) -> str:
    """The Message-ID of the mail of one kind about one revision."""
    about = [kind, str(facts.version), *([facts.recurrence_id.isoformat()] if facts.recurrence_id else ())]
    about += [facts.answered_by] if facts.answered_by else []
    return _message_id(sender, facts.uid, recipient, *about)


def _message_id(sender: str, *what: str) -> str:
    """Make a Message-ID of what the message is about. Of (uid, recipient) alone: the root of the thread."""
    digest = hashlib.sha256("\x00".join(what).encode("utf-8", "replace")).hexdigest()[:40]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def _link(kind: str, recipient: str, facts: Facts) -> str:
    """The page of what the mail is about, for those who may see it: who booked, and who runs the resource."""
    if kind == "expiring":
        return "/qualifications"
    if kind in texts.ANSWERS:
        return texts.ANSWERS[kind].format(id=facts.booking_id)
    may = kind.startswith("owner_") or recipient.lower() == facts.booker_email.lower()
    return f"/bookings/{facts.booking_id}" if may else ""


def _written(kind: str, recipient: str, locale: str, facts: Facts, base_url: str) -> list[bytes]:
    """Write the mail for people, as text and as HTML."""
    _ = translator(locale).gettext
    when = _when(facts, locale)
    rows = [(_("Resource"), resource_name(facts, locale)), (_("Time"), when)]
    if facts.previous_starts_at and facts.previous_ends_at:
        before = spell(facts.previous_starts_at, facts.previous_ends_at, facts.time_zone, locale)
        if before != when:
            rows.append((_("Until now"), before))
    if facts.run is not None:
        for label, times in ((_("Times"), facts.run.times), (_("No longer"), facts.run.given_up)):
            told = "\n".join(spell(start, end, facts.time_zone, locale) for start, end in times)
            rows += [(label, told)] if told else []
    if facts.place:
        rows.append((_("Place"), where(facts)))
    rows += [(_("Answered by"), facts.answered_by)] if kind == "guest_declined" else []
    rows += details(facts, "owner" if kind.startswith("owner_") else "member", locale)
    if facts.instead:
        spelled = [spell(starts_at, ends_at, facts.time_zone, locale) for starts_at, ends_at in facts.instead]
        rows.append((_("Free instead"), "\n".join(spelled)))
    if kind in texts.ANSWERS and facts.valid_until:
        rows.append((_("Answer by"), spell_moment(facts.valid_until, facts.time_zone, locale)))
    if link := _link(kind, recipient, facts):
        rows.append((_("Answer here") if kind in texts.ANSWERS else _("See and change it"), base_url + link))
    if kind == "suspended" and facts.valid_until:
        rows.append((_("Suspended until"), spell_moment(facts.valid_until, facts.time_zone, locale)))
    if kind == "expiring":  # of a qualification, which stands in `purpose`, and how to get it in `reason`
        rows = [(_("Qualification"), facts.purpose), (_("Owner"), facts.owner_name)]
        rows.append((_("Valid until"), spell_moment(facts.ends_at, facts.time_zone, locale)))
        rows += [(_("How to get it"), facts.reason)] if facts.reason else []
        rows.append((_("See and change it"), f"{base_url}{_link(kind, recipient, facts)}"))
    return readable(locale, _(_texts(kind, facts)[1]), rows, facts.recipient_name, base_url)


def readable(locale: str, opening: str, rows: list[tuple[str, str]], name: str, base_url: str) -> list[bytes]:
    """Write what people read: text and HTML."""
    _ = translator(locale).gettext
    given = {"_": _, "locale": locale, "opening": opening, "rows": rows, "name": name, "base_url": base_url}
    return [
        mime.part(f"text/{kind_}; charset=UTF-8", templates().get_template(template).render(given).encode())
        for kind_, template in (("plain", "calendars/notice.txt"), ("html", "calendars/notice.html"))
    ]
