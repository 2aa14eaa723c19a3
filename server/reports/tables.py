from piccolo.columns import Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey
from server.organizations.tables import Member, Organization


class Export(Table):
    """A table that somebody asked for: written by the worker, fetched by a link until it expires."""

    id = Id(primary_key=True)
    owner_id = ForeignKey(Organization, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    member_id = ForeignKey(Member, on_delete=OnDelete.restrict, null=False, default=None)
    subject = Text(default=None)
    format = Text(default="xlsx")
    locale = Text(default="zh-CN")
    content = Bytea(default=None, null=True)  # until it has expired
    created_at = Timestamptz()
    written_at = Timestamptz(default=None, null=True)
    valid_until = Timestamptz(default=None, null=True)
    error = Text(default="")

    export_pk = PrimaryKey("(id)")
    export_format_known = Check("format IN ('csv', 'xlsx')")
