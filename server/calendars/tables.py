from piccolo.columns import JSONB, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey
from server.organizations.tables import Member, Organization
from server.resources.tables import Resource


class Feed(Table):
    """A secret calendar address. Only the SHA-256 of its token is kept; its scope and view never change."""

    id = Id(primary_key=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    organization_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None)
    scope = Text(default=None)
    view = Text(default=None)
    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=True, default=None)
    search = JSONB(default=None, null=True)  # calendars.schemas.SavedSearch
    hash = Bytea(default=None)
    created_at = Timestamptz()
    rotated_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)
    read_at = Timestamptz(default=None, null=True)
    token_id = Id(null=True)  # the token that made it

    feed_pk = PrimaryKey("(id)")
    feed_hash_once = Unique([hash])
    feed_scope_one_of = Check("scope IN ('resource', 'organization', 'person', 'search')")
    feed_view_one_of = Check("view IN ('busy', 'member', 'owner', 'free')")
    feed_search_said = Check("(scope = 'search') = (search IS NOT NULL) AND (scope = 'search') = (view = 'free')")
    feed_resource_said = Check("(scope = 'resource') = (resource_id IS NOT NULL)")
