from piccolo.columns import JSONB, BigInt, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.accounts.tables import Account
from server.core.pgtypes import Id, PrimaryKey, References


class Organization(Table):
    """An enterprise, university, institute or SME."""

    id = Id(primary_key=True)
    kind = Text(default=None)
    name = Text(default=None)
    country = Text(default=None)  # ISO 3166-1 alpha-2
    region_code = Text(default=None, null=True)  # GB/T 2260
    verified_at = Timestamptz(default=None, null=True)
    rejected_at = Timestamptz(default=None, null=True)  # the newer of the two says how it stands
    suspended_at = Timestamptz(default=None, null=True)
    merged_into_id = Id(null=True)  # the organization that took over all it had
    uscc = Text(default=None, null=True)  # unified social credit code, GB 32100
    registration_number = Text(default="")  # what a foreign register calls it
    staff = Integer(default=None, null=True)  # as it declared itself, like the two below
    revenue = BigInt(default=None, null=True)  # of a year, in 10,000 CNY
    sector = Text(default=None, null=True)
    declared_at = Timestamptz(default=None, null=True)
    rules = JSONB(default="{}")  # booking rules for all its resources, where a resource says nothing else
    created_at = Timestamptz()
    authority = BigInt(default=0)  # grows with every change of what may be done as it (server/access/acting.py)

    organization_pk = PrimaryKey("(id)")
    organization_kind_known = Check(
        "kind IN ('large_enterprise', 'university', 'research_institute', 'public_body', 'sme')"
    )
    organization_name_once = Unique([name])
    organization_uscc_once = Unique([uscc])
    organization_merged_into = References("(merged_into_id) REFERENCES organization (id)")


class Member(Table):
    """An account within an organization, with a role."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    role = Text(default=None)
    active = Boolean(default=True)
    named_only = Boolean(default=False)  # a manager who runs the resources named in member_resource and no others
    monthly_minutes = Integer(default=None, null=True)  # what a booker may book in a calendar month; none: no limit
    created_at = Timestamptz()
    authority = BigInt(default=0)  # grows with every change of what may be done as it (server/access/acting.py)

    member_pk = PrimaryKey("(id)")
    member_once = Unique([organization_id, account_id])
    member_role_known = Check("role IN ('admin', 'manager', 'booker')")


class Document(Table):
    """A file with which an organization proves what it is. The bytes are in the data directory under `stored`."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)  # who sent it
    kind = Text(default=None)
    name = Text(default="")  # as it was called where it came from
    media_type = Text(default=None)
    size = Integer(default=None)
    sha256 = Bytea(default=None)
    stored = Text(default=None)  # a random name
    created_at = Timestamptz()
    removed_at = Timestamptz(default=None, null=True)

    document_pk = PrimaryKey("(id)")
    document_kind_known = Check("kind IN ('licence', 'registration', 'authorization', 'other')")


class Decision(Table):
    """What the operator decided about an organization, and why. Only ever added to."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None)
    verb = Text(default=None)
    reason = Text(default="")
    at = Timestamptz()

    decision_pk = PrimaryKey("(id)")
    decision_verb_known = Check("verb IN ('verified', 'rejected', 'suspended', 'reinstated', 'merged')")
