from piccolo.columns import JSONB, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, References, Sealed, TimeRange
from server.organizations.tables import Member
from server.resources.tables import Resource


class ForeignCalendar(Table):
    """An owner's own calendar, whose busy time a resource takes over."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    is_collection = Boolean(default=False)  # CalDAV, with user and password in the address
    url = Sealed(default=None)  # it is a secret, and may carry a password
    name = Text(default="")
    unit = Integer(default=None, null=True)  # whose calendar it is; null: of all units
    keep_titles = Boolean(default=False)
    created_at = Timestamptz()
    removed_at = Timestamptz(default=None, null=True)
    fetch_at = Timestamptz()  # when it is due
    leased_until = Timestamptz(default=None, null=True)
    tried_at = Timestamptz(default=None, null=True)
    read_at = Timestamptz(default=None, null=True)  # also when nothing had changed
    parsed_at = Timestamptz(default=None, null=True)
    digest = Bytea(default=None, null=True)  # SHA-256 of the file that was parsed
    etag = Text(default="")
    last_modified = Text(default="")
    failures = Integer(default=0)  # in a row
    missing = Integer(default=0)  # answers 404 or 410 in a row
    error = Text(default="")
    accept_empty = Boolean(default=False)  # the owner says that it is right when nothing is left
    told_at = Timestamptz(default=None, null=True)  # that it cannot be read
    events = Integer(default=0)
    own = Integer(default=0)
    wrong = Integer(default=0)
    doubtful_zones = JSONB(default="[]")
    findings = JSONB(default="[]")  # lines that were not understood
    findings_told = JSONB(default="[]")  # hashes of those that its owner was told of

    foreign_calendar_pk = PrimaryKey("(resource_id, id)")


class ForeignBusy(Table):
    """A time that a foreign calendar says is busy. Claims follow from it (server/claims/door.py)."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    calendar_id = Id()
    unit = Integer(default=None, null=True)
    during = TimeRange()
    tentative = Boolean(default=False)
    doubtful = Boolean(default=False)  # its zone is not known: all that it may be
    title = Text(default="")

    foreign_busy_pk = PrimaryKey("(resource_id, id)")
    foreign_busy_of_calendar = References("(resource_id, calendar_id) REFERENCES foreign_calendar (resource_id, id)")


class ForeignConflict(Table):
    """A booking that met busy time, and that its owner was told of."""

    resource_id = Id(primary_key=True)
    calendar_id = Id()
    booking_id = Id()
    told_at = Timestamptz()

    foreign_conflict_pk = PrimaryKey("(resource_id, calendar_id, booking_id)")
    foreign_conflict_of_calendar = References(
        "(resource_id, calendar_id) REFERENCES foreign_calendar (resource_id, id)"
    )
    foreign_conflict_of_booking = References("(resource_id, booking_id) REFERENCES booking (resource_id, id)")
