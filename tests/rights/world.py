"""Two organizations that have everything there is, every private text of theirs marked, and people who are neither.

A noun that a route names (`open_to(…, id="noun")`) needs an id here, or the matrix fails for want of it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Range
from piccolo.columns import Timestamptz

from server.access.authentication import TOKEN_PREFIX
from server.calendars.reading.findings import Finding
from server.core import db
from server.core.encryption import seal
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from server.organizations.documents import _path, _write
from server.piccolo_app import APP_CONFIG
from tests import factories
from tests.factories import Person

CANARY = "canary7f3"
SOON = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=4)
HOUR = timedelta(hours=1)
PDF = b"%PDF-1.7\n" + CANARY.encode() + b"\n%%EOF\n"


def marked(what: str) -> str:
    return f"{CANARY} {what}"


class World(msgspec.Struct):
    """`ids` by noun are what belongs to the owner or the guest; the people are told apart by what they are to them."""

    ids: dict[str, UUID]
    owner_admin: Person
    owner_booker: Person
    guest_admin: Person
    guest_booker: Person
    operator: Person
    other_sme: Person
    other_owner: Person
    tokens: dict[str, str] = msgspec.field(default_factory=dict)  # secrets of links
    stored: str = ""  # what the file of the document is called

    def restore(self) -> None:
        """Put the file back that somebody has removed: no savepoint does."""
        if not _path(self.stored).exists():
            _write(self.stored, PDF)

    @property
    def organizations(self) -> tuple[UUID, UUID]:
        return self.owner_admin.actor.organization_id, self.guest_admin.actor.organization_id


async def _person(organization_id: UUID, role: str) -> Person:
    person = await factories.person(organization_id, role)
    email = f"{CANARY}-{role}-{person.actor.email}"
    sql = "UPDATE account SET email = $2, name = $3 WHERE id = $1"
    await db.execute(sql, person.actor.account_id, email, marked(f"person {role}"))
    actor = msgspec.structs.replace(person.actor, email=email, name=marked(f"person {role}"))
    return Person(actor, person.token)


async def world() -> World:
    """Make all of it."""
    owner, guest = (
        await factories.organization("university", "主人大学"),
        await factories.organization("sme", "客人公司"),
    )
    owner_admin, owner_booker = await _person(owner, "admin"), await _person(owner, "booker")
    guest_admin, guest_booker = await _person(guest, "admin"), await _person(guest, "booker")
    operator = await factories.person(await factories.organization("public_body"))
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", operator.actor.account_id)
    other_owner = await factories.person(await factories.organization("university"))
    await factories.resource(other_owner)
    made = World(
        {}, owner_admin, owner_booker, guest_admin, guest_booker, operator, await factories.person(), other_owner
    )
    await _fill(made)
    return made


async def _fill(w: World) -> None:
    resource = await factories.resource(w.owner_admin, name="公开的显微镜", cancel_minutes=0)
    owner, guest = w.organizations
    member, booker = w.guest_admin.actor.member_id, w.guest_booker.actor
    ids = w.ids
    ids |= {"resource": resource, "organization": owner, "member": w.owner_booker.actor.member_id}
    ids |= {"colleague": booker.member_id, "admin": w.owner_admin.actor.member_id, "guest": guest}
    ids |= {"duplicate": await factories.organization("university")}
    ids |= {"account": w.owner_admin.actor.account_id}
    who = [{"email": f"{CANARY}@sme.example", "name": marked("attendee")}]
    ids["booking"] = await factories.booking(
        resource, w.guest_admin, SOON, purpose=marked("purpose"), attendees=who, status="requested"
    )
    extra = {"kind": "add_on", "name": marked("extra"), "quantity": "1", "unit": "hour", "unit_price": "350"}
    sums = {"net": "350", "tax": "0", "gross": "350"}
    cost = sums | {"currency": "CNY", "tax_percent": "0", "exempt_because": "", "lines": [extra | sums]}
    await db.execute("UPDATE booking SET cost = $2 WHERE id = $1", ids["booking"], msgspec.json.encode(cost).decode())
    group, series = new_id(), new_id()
    for number in range(2):
        part = await factories.booking(
            resource, w.guest_admin, SOON + timedelta(days=1 + number), purpose=marked("part"), attendees=who
        )
        await db.execute("UPDATE booking SET group_id = $2 WHERE id = $1", part, group)
    await _insert(
        "series", resource_id=resource, id=series, organization_id=guest, member_id=member, rule="FREQ=DAILY;COUNT=3",
        skipped=msgspec.json.encode([SOON + timedelta(days=7)]).decode(),
        starts_at=SOON + timedelta(days=5), ends_at=SOON + timedelta(days=5) + HOUR,
    )  # fmt: skip
    for number in range(2):
        start = SOON + timedelta(days=5 + number)
        part = await factories.booking(resource, w.guest_admin, start, purpose=marked("occurrence"), attendees=who)
        sql = "UPDATE booking SET series_id = $2, recurrence_id = $3, reason = $4 WHERE id = $1"
        await db.execute(sql, part, series, start, marked("reason"))
    ids |= {"group": group, "series": series}
    ids["display"] = await _insert("display", id=new_id(), resource_id=resource, label=marked("wall"))
    sql = "INSERT INTO photo (resource_id, id, position, alt, width, height, large, small)"
    ids["photo"] = new_id()
    await db.execute(f"{sql} VALUES ($1, $2, 1, 'public', 1, 1, 'x', 'x')", resource, ids["photo"])
    ids["closure"] = await _insert(
        "closure", resource_id=resource, id=new_id(), during=Range(SOON - HOUR, SOON), reason="public reason",
        member_id=w.owner_admin.actor.member_id,
    )  # fmt: skip
    await factories.claim(resource, SOON - HOUR, SOON, reason="closure", closure_id=ids["closure"])
    ids["hold"] = await _hold(resource, guest, member, "form", SOON + timedelta(days=8))
    ids["waiting"] = await _insert(
        "waiting", id=new_id(), organization_id=guest, member_id=member, resource_id=resource,
        during=Range(SOON, SOON + timedelta(days=9)), minutes=60,
    )  # fmt: skip
    await _decided(w, resource)
    await _come_and_go(w)
    await _programs(w)
    await db.execute("UPDATE account SET locale = 'en' WHERE id = $1", booker.account_id)


async def _decided(w: World, resource: UUID) -> None:
    """Strikes, qualifications, overrides, terms, partners, feeds, tokens: what stands around bookings."""
    owner, guest = w.organizations
    member, ids = w.guest_admin.actor.member_id, w.ids
    missed = await factories.booking(resource, w.guest_admin, SOON - timedelta(days=20), status="no_show")
    ids["strike"] = await _insert(
        "strike", id=new_id(), owner_id=owner, member_id=member, resource_id=resource, booking_id=missed,
        kind="no_show", appeal=marked("appeal"),
    )  # fmt: skip
    ids["price"] = await _insert(
        "price_rule", id=new_id(), owner_id=owner, resource_id=resource, partner_id=guest, circle="everyone",
        mode="self", rule='{"currency": "CNY", "unit": "hour", "amount": "350"}', valid=Range(SOON, None),
        made_by=w.owner_admin.actor.member_id,
    )  # fmt: skip
    ids["qualification"] = await _insert(
        "qualification", id=new_id(), owner_id=owner, name=marked("qualification"), how_to_get=marked("how"),
    )  # fmt: skip
    ids["grant"] = await _insert(
        "grant", id=new_id(), qualification_id=ids["qualification"], account_id=w.guest_admin.actor.account_id,
        granted_by_id=w.owner_admin.actor.member_id,
    )  # fmt: skip
    ids["application"] = await _insert(
        "application", id=new_id(), qualification_id=ids["qualification"], account_id=w.guest_admin.actor.account_id,
        member_id=member, note=marked("note"), name=marked("proof.pdf"), media_type="application/pdf", content=PDF,
        reason=marked("why"),
    )  # fmt: skip
    ids["category"] = await _insert("category", id=new_id(), kind="equipment", name="分析仪器", name_en="Analysis")
    ids["rule_override"] = await _insert(
        "rule_override", resource_id=resource, id=new_id(), first_day=SOON.date() + timedelta(days=300),
        last_day=SOON.date() + timedelta(days=301), rules='{"max_minutes": 60}', reason="public",
    )  # fmt: skip
    await _insert("partner", id=new_id(), owner_id=owner, organization_id=guest)
    await db.execute("UPDATE organization SET rules = '{\"max_attendees\": 99}' WHERE id = $1", owner)
    ids["feed"] = await _insert(
        "feed", id=new_id(), member_id=member, organization_id=guest, scope="person", view="member",
        hash=digest(new_secret()),
    )  # fmt: skip
    await _insert(
        "feed", id=new_id(), member_id=member, organization_id=guest, scope="search", view="free",
        hash=digest(new_secret()), search=msgspec.json.encode({"q": marked("search"), "minutes": 60}).decode(),
    )  # fmt: skip
    ids["token"] = await _insert(
        "api_token", id=new_id(), member_id=member, hash=digest(new_secret(TOKEN_PREFIX)), prefix=CANARY[:8],
        label=marked("label"), scopes=["read"],
    )  # fmt: skip
    await _insert(
        "booking_change", resource_id=resource, id=new_id(), booking_id=ids["booking"], member_id=member, verb="booked",
        reason=marked("why"), was="{}", became=msgspec.json.encode({"purpose": marked("purpose")}).decode(),
    )  # fmt: skip


async def _come_and_go(w: World) -> None:
    """Invitations, requests, documents, decisions, sessions: how people and organizations are known."""
    owner, _ = w.organizations
    ids, admin = w.ids, w.owner_admin.actor
    ids["invitation"] = await _insert(
        "invitation", id=new_id(), organization_id=owner, email=f"{CANARY}@guest.example", role="booker",
        invited_by_id=admin.member_id, expires_at=SOON,
    )  # fmt: skip
    ids["mail_domain"] = await _insert("mail_domain", id=new_id(), organization_id=owner, domain=f"{CANARY}.example")
    asking = await _person(await factories.organization(), "booker")
    sql = "UPDATE account SET email = $2 WHERE id = $1"
    await db.execute(sql, asking.actor.account_id, f"{CANARY}@guest.example")
    ids["join_request"] = await _insert(
        "join_request", id=new_id(), organization_id=owner, account_id=asking.actor.account_id
    )
    sql = "UPDATE organization SET registration_number = $2, sector = 'other', staff = 5, revenue = 7 WHERE id = $1"
    await db.execute(sql, owner, marked("number"))
    stored = "ab" + new_secret()[:20]
    _write(stored, PDF)
    w.stored = stored
    ids["document"] = await _insert(
        "document", id=new_id(), organization_id=owner, member_id=admin.member_id, kind="licence",
        name=marked("licence.pdf"), media_type="application/pdf", size=len(PDF), sha256=b"0" * 32, stored=stored,
    )  # fmt: skip
    await _insert(
        "decision", id=new_id(), organization_id=owner, account_id=w.operator.actor.account_id, verb="verified",
        reason=marked("decision"),
    )  # fmt: skip
    ids["session"] = await _insert(
        "session", id=new_id(), hash=digest(new_secret()), account_id=admin.account_id, member_id=admin.member_id,
        rights="", device=marked("device"), network=marked("network"), expires_at=SOON,
    )  # fmt: skip


async def _programs(w: World) -> None:
    """What programs of an organization are known by: where its people sign in, and where it wants to be told."""
    owner, _ = w.organizations
    ids, admin = w.ids, w.owner_admin.actor
    provider = ids["identity_provider"] = await _insert(
        "identity_provider", id=new_id(), organization_id=owner, name=marked("provider"),
        issuer=f"https://{CANARY}.example", client_id=marked("client"), sealed_secret=marked("sealed"),
    )  # fmt: skip
    await _insert("identity_domain", id=new_id(), provider_id=provider, domain=f"{CANARY}.example")
    await _insert(
        "external_identity", id=new_id(), provider_id=provider, subject=marked("subject"), account_id=admin.account_id
    )
    ids["app_password"] = await _insert(
        "app_password", id=new_id(), member_id=admin.member_id, hash=digest(new_secret()), label=marked("device")
    )
    await _insert(
        "dav_object", resource_id=ids["resource"], id=new_id(), member_id=admin.member_id, name=marked("object"),
        uid=marked("uid"), data=marked("data").encode(), starts_at=SOON,
    )  # fmt: skip
    sql = "INSERT INTO dav_member (resource_id, name, etag, number) VALUES ($1, $2, $3, 1)"
    await db.execute(sql, ids["resource"], marked("object"), marked("etag"))
    sql = "INSERT INTO inbound_mail (digest, outcome) VALUES ($1, $2)"
    await db.execute(sql, CANARY.encode(), marked("outcome"))
    sql = """
    INSERT INTO attendance_answer (resource_id, booking_id, email, answer, stamp) VALUES ($1, $2, $3, 'accepted', $4)
    """
    await db.execute(sql, ids["resource"], ids["booking"], f"{CANARY}@sme.example", SOON)
    endpoint = ids["webhook"] = await _insert(
        "webhook_endpoint", id=new_id(), organization_id=owner, member_id=admin.member_id,
        url=seal(f"https://{CANARY}.example/hook"), description=marked("endpoint"), events=["booking.confirmed"],
    )  # fmt: skip
    ids["delivery"] = await _insert(
        "webhook_delivery", id=new_id(), endpoint_id=endpoint, event_id=new_id(), type="booking.confirmed",
        subject_id=ids["booking"], payload=msgspec.json.encode({"type": marked("payload")}).decode(),
        last_error=marked("error"), answer=marked("answer"), dead_at=SOON,
    )  # fmt: skip
    ids["list_import"] = await _insert(
        "list_import", id=new_id(), owner_id=admin.organization_id, member_id=admin.member_id,
        file_name=marked("file"), content="name,kind,time_zone\n显微镜,equipment,Asia/Shanghai\n".encode(),
    )  # fmt: skip
    ids["export"] = await _insert(
        "export", id=new_id(), owner_id=admin.organization_id, member_id=admin.member_id, subject="people",
        content=marked("people").encode(), written_at=SOON, valid_until=SOON,
    )  # fmt: skip
    calendar = ids["foreign_calendar"] = await _insert(
        "foreign_calendar", resource_id=ids["resource"], id=new_id(), member_id=admin.member_id,
        url=seal(f"https://{CANARY}.example/ics"), name=marked("calendar"), error=marked("error"),
        doubtful_zones=msgspec.json.encode([marked("zone")]).decode(), etag=marked("etag"),
        last_modified=marked("modified"), findings=msgspec.json.encode([Finding(1, "start", marked("line"))]).decode(),
    )  # fmt: skip
    await _insert(
        "foreign_busy",
        resource_id=ids["resource"],
        id=new_id(),
        calendar_id=calendar,
        title=marked("title"),
        during=Range(SOON, SOON + HOUR),
    )


async def _hold(resource: UUID, organization: UUID, member: UUID, kind: str, start: datetime) -> UUID:
    id = await _insert(
        "hold", resource_id=resource, id=new_id(), organization_id=organization, member_id=member, kind=kind,
        starts_at=start, ends_at=start + HOUR, expires_at=datetime.now(UTC) + HOUR, message=marked("message"),
    )  # fmt: skip
    until = datetime.now(UTC) + HOUR
    claim = await factories.claim(resource, start, start + HOUR, reason="hold", expires_at=until)
    await db.execute("UPDATE claim SET hold_id = $2 WHERE id = $1", claim, id)
    return id


async def _insert(table: str, **values: Any) -> UUID:
    """Insert a row; return its id. Columns that are not named have the defaults of the program's tables."""
    of = next(one for one in APP_CONFIG.table_classes if one._meta.tablename == table)
    for column in of._meta.columns:
        name = column._meta.db_column_name
        if name not in values and (isinstance(column, Timestamptz) or column.get_default_value() is not None):
            default = column.get_default_value()
            values[name] = default.python() if hasattr(default, "python") else default
    values = {name: value for name, value in values.items() if name != "position"}
    names, places = ", ".join(values), ", ".join(f"${number + 1}" for number in range(len(values)))
    await db.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', *values.values())
    return values["id"]  # type: ignore[no-any-return]
