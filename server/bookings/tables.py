from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey, References, TimeRange
from server.organizations.tables import Member, Organization
from server.resources.tables import Resource


class Booking(Table):
    """What an organization reserved on one resource."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    group_id = Id(null=True)
    series_id = Id(null=True)
    recurrence_id = Timestamptz(default=None, null=True)  # the start that the series gave it
    status = Text(default=None)
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    units = Integer(default=1)
    purpose = Text(default="")
    attendees = JSONB(default="[]")  # calendars.facts.Attendee
    uid = Text(default=None)  # the calendar's UID; never changes
    sequence = Integer(default=0)  # RFC 5545 3.8.7.4: counts changes that a calendar must not miss
    version = Integer(default=1)  # counts every change; the ETag
    reason = Text(default="")  # why it was declined or cancelled
    created_at = Timestamptz()
    due_at = Timestamptz(default=None, null=True)  # a request that is not decided by then expires
    checked_in_at = Timestamptz(default=None, null=True)
    checked_out_at = Timestamptz(default=None, null=True)  # with checked_in_at the time really used
    confirmed_at = Timestamptz(default=None, null=True)  # when first confirmed: since then it stands in calendars
    revised_at = Timestamptz(default=None)  # whole seconds, later at every change; the calendar's DTSTAMP
    cost = JSONB(default=None, null=True)  # prices.cost.Cost, frozen; none: the owner names no price
    price_rule_id = Id(null=True)  # by which it was counted; none: by the resource's price per hour

    booking_pk = PrimaryKey("(resource_id, id)")
    booking_status_known = Check(
        "status IN ('requested', 'confirmed', 'in_use', 'completed', 'declined', 'cancelled', 'expired', 'no_show')"
    )
    booking_ends_after_start = Check("ends_at > starts_at")


class BookingChange(Table):
    """Who did what to a booking, when and why. Only ever added to: the database refuses everything else."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    booking_id = Id()
    at = Timestamptz()
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=True, default=None)  # null: the program itself
    verb = Text(default=None)
    reason = Text(default="")
    was = JSONB(default="{}")  # only what changed
    became = JSONB(default="{}")

    booking_change_pk = PrimaryKey("(resource_id, id)")
    booking_change_of_booking = References("(resource_id, booking_id) REFERENCES booking (resource_id, id)")


class PlaceChange(Table):
    """A booking whose place has changed; its guests are still to be told. Written by a trigger of the resource."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    booking_id = Id(primary_key=True)

    place_change_pk = PrimaryKey("(resource_id, booking_id)")
    place_change_of_booking = References("(resource_id, booking_id) REFERENCES booking (resource_id, id)")


class Closure(Table):
    """Time the owner takes out."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    during = TimeRange()
    units = Integer(default=None, null=True)  # how many; none: all
    reason = Text(default="")
    group_id = Id(null=True)  # closures made from one recurrence rule
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    created_at = Timestamptz()
    lifted_at = Timestamptz(default=None, null=True)

    closure_pk = PrimaryKey("(resource_id, id)")


class Hold(Table):
    """Time kept for a while: while a form is filled in, or an offer or a proposal stands."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    kind = Text(default="form")
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    units = Integer(default=1)
    waiting_id = Id(null=True)  # of an offer
    booking_id = Id(null=True)  # of a proposal of another time for it
    message = Text(default="")
    created_at = Timestamptz()
    expires_at = Timestamptz(default=None)  # by the database clock
    ended_at = Timestamptz(default=None, null=True)  # used, given back or expired

    hold_pk = PrimaryKey("(resource_id, id)")
    hold_kind_known = Check("kind IN ('form', 'offer', 'proposal')")


class Series(Table):
    """What a recurrence rule asked for; each occurrence that was booked is a booking."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    rule = Text(default=None)  # RFC 5545 RRULE
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    units = Integer(default=1)
    excluded = JSONB(default="[]")  # EXDATE: starts, RFC 3339
    skipped = JSONB(default="[]")  # starts that could not be booked, RFC 3339
    sequence = Integer(default=0)  # of its invitation: no booking of the series ever had a higher one
    created_at = Timestamptz()

    series_pk = PrimaryKey("(resource_id, id)")


class Waiting(Table):
    """A place in a wait list: a length of time within a window, on one resource or on any of a kind or an owner."""

    id = Id(primary_key=True)
    position = BigSerial()  # the order in which they came
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    resource_id = Id(null=True)
    kind = Text(default=None, null=True)
    owner_id = Id(null=True)
    during = TimeRange()
    minutes = Integer(default=None)
    units = Integer(default=1)
    status = Text(default="waiting")
    created_at = Timestamptz()
    passed = JSONB(default="[]")  # offers that were passed or ran out: resource and start

    waiting_pk = PrimaryKey("(id)")
    waiting_status_known = Check("status IN ('waiting', 'offered', 'booked', 'left', 'over')")
    waiting_for_something = Check("num_nonnulls(resource_id, kind, owner_id) > 0")


class TermsAcceptance(Table):
    """Who accepted which version of a resource's terms."""

    resource_id = Id(primary_key=True)
    version = Integer(default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    accepted_at = Timestamptz()

    terms_acceptance_pk = PrimaryKey("(resource_id, version, member_id)")


class Strike(Table):
    """A missed booking or a late cancellation, by the owner's policy."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    resource_id = Id()
    booking_id = Id()
    kind = Text(default=None)
    at = Timestamptz()
    appeal = Text(default="")
    forgiven_at = Timestamptz(default=None, null=True)
    forgiven_by_id = Id(null=True)  # a member

    strike_pk = PrimaryKey("(id)")
    strike_kind_known = Check("kind IN ('no_show', 'late_cancellation')")
