from piccolo.columns import ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey
from server.resources.tables import Resource


class Display(Table):
    """A screen on a wall that shows the day of a resource. Its address is derived from its id, not stored."""

    id = Id(primary_key=True)
    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    label = Text(default="")  # where it hangs
    created_at = Timestamptz()
    revoked_at = Timestamptz(default=None, null=True)

    display_pk = PrimaryKey("(id)")
