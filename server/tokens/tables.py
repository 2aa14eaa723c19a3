from piccolo.columns import Array, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Unique
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey
from server.organizations.tables import Member


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
    last_used_at = Timestamptz(default=None, null=True)  # to the minute
    parent_id = Id(null=True)  # the token that made it

    api_token_pk = PrimaryKey("(id)")
    api_token_hash_once = Unique([hash])
