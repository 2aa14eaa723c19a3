from piccolo.columns import Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.accounts.tables import Account
from server.core.pgtypes import Id, PrimaryKey
from server.organizations.tables import Member, Organization


class Qualification(Table):
    """What an owner demands of those who use some of its resources."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    name = Text(default=None)
    how_to_get = Text(default="")
    valid_days = Integer(default=None, null=True)  # null: for ever
    training_resource_id = Id(null=True)  # attending a booking of it grants the qualification
    takes_applications = Boolean(default=False)  # whether guests may ask for it with a proof
    created_at = Timestamptz()

    qualification_pk = PrimaryKey("(id)")


class NeededQualification(Table):
    """A resource that only the qualified may book."""

    resource_id = Id(primary_key=True)
    qualification_id = ForeignKey(Qualification, on_delete=OnDelete.restrict, null=False, default=None)

    needed_qualification_pk = PrimaryKey("(resource_id, qualification_id)")


class Grant(Table):
    """A person's qualification."""

    id = Id(primary_key=True)
    qualification_id = ForeignKey(Qualification, on_delete=OnDelete.restrict, null=False, default=None)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    granted_by_id = Id(null=True)  # a member; null: by attending a training
    booking_id = Id(null=True)  # the training
    granted_at = Timestamptz()
    expires_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)
    reminded_at = Timestamptz(default=None, null=True)

    grant_pk = PrimaryKey("(id)")


class Application(Table):
    """A person asks for a qualification, with words or a file that prove it. Deleted some time after its end."""

    id = Id(primary_key=True)
    qualification_id = ForeignKey(Qualification, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)  # for whom they acted
    note = Text(default="")
    name = Text(default="")  # of the file
    media_type = Text(default="")  # empty: there is no file
    content = Bytea(default=None, null=True)
    created_at = Timestamptz()
    withdrawn_at = Timestamptz(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    decided_by_id = Id(null=True)  # a member of the owner
    grant_id = Id(null=True)  # null: declined
    reason = Text(default="")

    application_pk = PrimaryKey("(id)")
