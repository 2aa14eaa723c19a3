from piccolo.columns import Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.core.pgtypes import Exclude, Id, PrimaryKey, References
from server.organizations.tables import Member
from server.resources.tables import Resource


class AppPassword(Table):
    """What one device of a member signs in with. Only the SHA-256 is kept."""

    id = Id(primary_key=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    hash = Bytea(default=None)
    label = Text(default=None)
    created_at = Timestamptz()
    last_used_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)
    token_id = Id(null=True)  # the token that made it

    app_password_pk = PrimaryKey("(id)")
    app_password_hash_once = Unique([hash])


class DavObject(Table):
    """A calendar object that an owner's program put there, kept as it came; its busy times are closures."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)  # also the group of its closures
    name = Text(default=None)  # the last part of its address
    uid = Text(default=None)
    data = Bytea(default=None)
    blocks = Boolean(default=False)  # it has had closures; when all are lifted it is gone
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None, null=True)  # null: it repeats without end
    closed_until = Timestamptz(default=None, null=True)  # repetitions are closures up to here; null: all are
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    created_at = Timestamptz()
    updated_at = Timestamptz()
    deleted_at = Timestamptz(default=None, null=True)  # its data is emptied; closures that are over stay its

    dav_object_pk = PrimaryKey("(resource_id, id)")
    dav_object_name_once = Exclude("USING btree (resource_id WITH =, name WITH =) WHERE (deleted_at IS NULL)")
    dav_object_uid_once = Exclude("USING btree (resource_id WITH =, uid WITH =) WHERE (deleted_at IS NULL)")


class DavCalendar(Table):
    """How far the log of a calendar has come. Whoever compares the calendar with its log locks this row."""

    resource_id = Id(primary_key=True)
    number = Integer(default=0)

    dav_calendar_pk = PrimaryKey("(resource_id)")
    dav_calendar_of_resource = References("(resource_id) REFERENCES resource (id)")


class DavMember(Table):
    """What programs were told of one object of a calendar, and at which number of the log."""

    resource_id = Id(primary_key=True)
    name = Text(default=None)
    etag = Text(default=None, null=True)  # null: it is gone
    number = Integer(default=None)

    dav_member_pk = PrimaryKey("(resource_id, name)")
    dav_member_of_resource = References("(resource_id) REFERENCES resource (id)")
    dav_member_numbered = Check("number > 0")


class DavLook(Table):
    """How the programs of a member show a calendar. Theirs alone: without it, programs choose."""

    resource_id = Id(primary_key=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    color = Text(default=None, null=True)  # `#RRGGBB` or `#RRGGBBAA`
    place = Integer(default=None, null=True)  # in the list of calendars

    dav_look_pk = PrimaryKey("(resource_id, member_id)")
    dav_look_of_resource = References("(resource_id) REFERENCES resource (id)")
