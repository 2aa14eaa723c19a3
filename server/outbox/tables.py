from typing import Any

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.reference import LazyTableReference
from piccolo.table import Table

from server.core.pgtypes import Id, PrimaryKey

# By name: resources stand above the outbox.
RESOURCE = LazyTableReference("Resource", module_path="server.resources.tables")


class Letter(Table):
    """One message owed to one address. Owed in the transaction of the change, frozen, sent by the worker.

    It may carry a link that is a secret; once it was sent, lapsed or died, its facts are emptied.
    """

    id = Id(primary_key=True)
    position = BigSerial()
    kind = Text(default=None)
    recipient = Text(default=None)  # mail address
    locale = Text(default="zh-CN")
    facts = JSONB(default="{}")  # text by name, put into the texts of the kind
    valid_until = Timestamptz(default=None, null=True)  # afterwards it is not sent any more
    owed_at = Timestamptz()
    attempts = Integer(default=0)
    attempt_at = Timestamptz()  # not before this
    leased_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    lapsed_at = Timestamptz(default=None, null=True)
    dead_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")
    erase = Boolean(default=False)  # as soon as it is sent, lapsed or dead: it is to somebody who was erased

    letter_pk = PrimaryKey("(id)")


class Notice(Table):
    """One message owed to one recipient. Owed in the transaction of the change, frozen, sent by the worker."""

    resource_id: Any = ForeignKey(RESOURCE, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    position = BigSerial()  # the order in which they were owed; per booking the order of its changes
    booking_id = Id()  # of a booking of a series the series: news of one and of all come in order
    kind = Text(default=None)
    recipient = Text(default=None)  # mail address
    locale = Text(default="zh-CN")
    facts = JSONB(default="{}")  # outbox.facts.Facts
    owed_at = Timestamptz()
    attempts = Integer(default=0)
    attempt_at = Timestamptz()  # not before this
    leased_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    lapsed_at = Timestamptz(default=None, null=True)  # not sent: not wanted, over, or later news has arrived
    dead_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")
    act = BigInt(default=None, null=True)  # the transaction in which it was owed
    erase = Boolean(default=False)  # as soon as it is sent, lapsed or dead: it names somebody who was erased

    notice_pk = PrimaryKey("(resource_id, id)")
