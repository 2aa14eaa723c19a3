from piccolo.columns import Array, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.accounts.tables import Account
from server.core.pgtypes import Id, PrimaryKey
from server.organizations.tables import Member, Organization
from server.resources.tables import Resource


class MemberResource(Table):
    """A resource that a manager runs, where they do not run all."""

    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    id = Id(primary_key=True)

    member_resource_pk = PrimaryKey("(id)")
    member_resource_once = Unique([member_id, resource_id])


class Invitation(Table):
    """An offer by mail to become a member. The link's secret is derived (server.core.links) and stands nowhere."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    email = Text(default=None)  # lower case
    role = Text(default=None)
    resource_ids = Array(base_column=UUID(), default=None, null=True)  # those that a manager is to run; none: all
    monthly_minutes = Integer(default=None, null=True)
    invited_by_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    created_at = Timestamptz()
    expires_at = Timestamptz(default=None)
    accepted_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)

    invitation_pk = PrimaryKey("(id)")
    invitation_role_known = Check("role IN ('admin', 'manager', 'booker')")


class MailDomain(Table):
    """A domain of mail addresses whose owners may ask to join an organization."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    domain = Text(default=None, index=True)  # lower case
    created_at = Timestamptz()

    mail_domain_pk = PrimaryKey("(id)")
    mail_domain_once = Unique([organization_id, domain])


class JoinRequest(Table):
    """A person who asks to become a member."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    status = Text(default="waiting")
    created_at = Timestamptz()
    decided_at = Timestamptz(default=None, null=True)

    join_request_pk = PrimaryKey("(id)")
    join_request_status_known = Check("status IN ('waiting', 'accepted', 'refused')")
