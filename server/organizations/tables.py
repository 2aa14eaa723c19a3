from piccolo.columns import JSONB, Array, Boolean, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.pgtypes import Id, PrimaryKey


class Organization(Table):
    """An enterprise, university, institute or SME."""

    id = Id(primary_key=True)
    kind = Text(default=None)
    name = Text(default=None)
    country = Text(default=None)  # ISO 3166-1 alpha-2
    region_code = Text(default=None, null=True)  # GB/T 2260
    verified_at = Timestamptz(default=None, null=True)
    rules = JSONB(default="{}")  # booking rules for all its resources, where a resource says nothing else
    created_at = Timestamptz()

    organization_pk = PrimaryKey("(id)")
    organization_kind_known = Check(
        "kind IN ('large_enterprise', 'university', 'research_institute', 'public_body', 'sme')"
    )
    organization_name_once = Unique([name])


class Account(Table):
    """A person who signs in."""

    id = Id(primary_key=True)
    email = Text(default=None)  # lower case
    name = Text(default=None)
    locale = Text(default="zh-CN")
    time_zone = Text(default="Asia/Shanghai")  # IANA; in which mails and pages may show times besides the resource's
    verified_at = Timestamptz(default=None, null=True)  # when the address was proven; before, they act for nobody
    is_operator = Boolean(default=False)  # runs the platform: verifies organizations, watches delivery, audits
    created_at = Timestamptz()

    account_pk = PrimaryKey("(id)")
    account_email_once = Unique([email])
    account_email_lower = Check("email = lower(email)")
    account_locale_known = Check("locale IN ('zh-CN', 'en')")


class Member(Table):
    """An account within an organization, with a role."""

    id = Id(primary_key=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    role = Text(default=None)
    active = Boolean(default=True)
    created_at = Timestamptz()

    member_pk = PrimaryKey("(id)")
    member_once = Unique([organization_id, account_id])
    member_role_known = Check("role IN ('admin', 'manager', 'booker')")


class ApiToken(Table):
    """A secret with which a program acts for a member. Only its SHA-256 is kept."""

    id = Id(primary_key=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    hash = Bytea(default=None)
    prefix = Text(default=None)  # the first characters, to recognise it by
    label = Text(default="")
    scopes = Array(base_column=Text(), default=list)
    created_at = Timestamptz()
    expires_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)

    api_token_pk = PrimaryKey("(id)")
    api_token_hash_once = Unique([hash])
