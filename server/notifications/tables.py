from piccolo.columns import JSONB, BigSerial, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.accounts.tables import Account
from server.core.pgtypes import Id, PrimaryKey


class DigestItem(Table):
    """A notice that its recipient wants in the mail of the day. Deleted by the transaction that owes that mail."""

    id = Id(primary_key=True)
    position = BigSerial()
    account_id = ForeignKey(Account, on_delete=OnDelete.restrict, null=False, default=None, index=True)
    booking_id = Id()
    kind = Text(default=None)
    facts = JSONB(default="{}")  # calendars.facts.Facts
    owed_at = Timestamptz()

    digest_item_pk = PrimaryKey("(id)")
